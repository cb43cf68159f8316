// Rows of a pooled map that are there as they are: what single positions read, key by key.

async function showExactRows(layer, head) {
  const shown = (await Promise.all(sides().map(side => exactRow(side, layer, headOf(side, layer, head))))).filter(Boolean);
  by("exact").hidden = !shown.length;
  by("rows").replaceChildren(...shown);
}

async function exactRow(side, layer, head) {
  const block = blockOf(side, layer);
  if (!block?.rows?.places.length) return null;
  const {places, block: rows} = block.rows, maps = await unpack(rows), view = viewOf(side), place = exactPlace(block);
  const values = rowOf(maps, head, places.indexOf(place)), hidden = hiddenKeys(view);
  hidden?.forEach((isHidden, j) => { if (isHidden) values[j] = 0; });
  const strip = new TokenStrip("Tokens, colored by what is read", {point: () => {}, lock: () => {}});
  strip.fill(view.keys);
  strip.color(values, maps.signed, -1, ["What ", make("b", {}, placed(view.queries, place)), " reads, exactly; the strongest color is the largest"]);
  return make("div", {class: "side"}, sideTitle(side),
    make("div", {class: "options"}, places.map(each => make("button", {type: "button", "aria-pressed": each === place, onclick: () => change({exact: each})}, placed(view.queries, each, 12)))),
    strip.element, readingTable({values, tokens: view.keys, from: view.queries[place], rest: 0, isSigned: maps.signed, along: "row"}));
}

/** The one that was asked for; else one in the row that is kept; else the last. */
function exactPlace({pooled: size, rows: {places}}) {
  const cell = locked();
  return places.find(place => place === state.exact) ?? places.find(place => cell && Math.floor(place / size) === cell.i) ?? places.at(-1);
}
