// Below the heat map: what the chosen position reads, as colored tokens or patches, as lines and as numbers.

class Reading {
  constructor(side, on) {
    const at = place => (state.along === "row" ? {i: place, j: -1} : {i: -1, j: place});
    const told = {
      point: place => on.point(place === null || place === undefined ? null : at(place)),
      lock: place => place !== null && on.lock(at(place)),
    };
    this.side = side;
    this.chooser = new TokenStrip("Positions to choose", told);
    this.strip = new TokenStrip("Tokens, colored by what is read", told);
    this.patches = new PatchView(told);
    this.table = make("div", {class: "listed"});
    this.element = make("div", {class: "side"}, isPair() ? make("h3", {}, make("b", {class: "side"}, letter(side)), ` ${result.models[side].label}`) : null,
      make("div", {class: "seen"}, this.chooser.element, this.strip.element, this.patches.element), this.table);
  }

  update({maps, head, view, hidden}, rest, cell) {
    const row = state.along === "row", from = row ? view.queries : view.keys, to = row ? view.keys : view.queries;
    let chosen = cell ? (row ? cell.i : cell.j) : -1;
    if (chosen < 0 && row && view.image?.prefix) chosen = 0;
    if (chosen >= from.length) chosen = -1;
    const values = chosen < 0 ? meanOf(maps, head, state.along) : row ? rowOf(maps, head, chosen) : columnOf(maps, head, chosen);
    if (row && hidden) hidden.forEach((isHidden, j) => { if (isHidden) values[j] = 0; });
    const caption = sentenceOf(chosen, from, row);
    const pictured = view.image && to.length === view.image.prefix + view.image.rows * view.image.columns;
    this.patches.element.hidden = !pictured;
    this.strip.element.hidden = this.chooser.element.hidden = pictured;
    if (pictured) {
      this.patches.fill(view);
      this.patches.color(values, maps.signed, chosen, caption);
    } else this.colorTokens(from, to, values, maps.signed, chosen, caption);
    const left = row ? (chosen < 0 ? (rest ? rest.reduce((sum, value) => sum + value, 0) / rest.length : 0) : rest?.[chosen] ?? 0) : 0;
    const name = chosen < 0 ? "mean" : from[chosen];
    this.table.replaceChildren(readingTable({values, tokens: to, from: name, rest: left, isSigned: maps.signed, along: state.along}));
  }

  /** One line where queries and keys are the same tokens, else one to choose from and one that is colored. */
  colorTokens(from, to, values, isSigned, chosen, caption) {
    const same = from.length === to.length && from.every((text, at) => text === to[at]);
    this.chooser.element.hidden = same;
    if (!same) {
      this.chooser.fill(from);
      this.chooser.color(null, false, chosen, [state.along === "row" ? "Queries" : "Keys"]);
    }
    this.strip.line.classList.toggle("choosing", same);
    this.strip.on = same ? this.chooser.on : {point: () => {}, lock: () => {}};
    this.strip.fill(to);
    this.strip.color(values, isSigned, same ? chosen : -1, caption);
  }
}

function sentenceOf(chosen, from, row) {
  if (chosen < 0) return [row ? "What is read, a mean over all queries" : "Who reads, a mean over all keys"];
  const name = make("b", {}, placed(from, chosen));
  return row ? ["What ", name, from.size ? " read" : " reads", "; the strongest color is the largest"] : ["Who reads ", name, "; the strongest color is the largest"];
}
