// What made the score of the kept entry: how much each part of its query and of its key adds to it.

async function showScores(layer, head) {
  const cell = locked(), there = cell && cell.i >= 0 && cell.j >= 0;
  const found = there ? await Promise.all(sides().map(side => scoresOf(side, layer, headOf(side, layer, head), cell))) : [];
  const shown = found.filter(Boolean);
  by("scores").hidden = !shown.length;
  by("scored").replaceChildren(...shown);
}

/** Nothing where a map is of a whole layer or of blocks of positions, and for what has no word on its scores. */
async function scoresOf(side, layer, head, cell) {
  const seen = layerOf(side, layer), block = blockOf(side, layer), view = viewOf(side);
  if (!seen || !block || WHOLE.has(state.level) || (block.pooled ?? 1) > 1 || block.heads !== result.models[side].layers[layer]?.heads) return null;
  if (cell.i >= block.queries || cell.j >= block.keys) return null;
  const say = (...text) => make("div", {class: "side"}, sideTitle(side), make("p", {class: "minor"}, ...text));
  if (!seen.scores) return seen.refused.scores ? say(seen.refused.scores) : null;
  const place = seen.scores.cells[head].indexOf(cell.i * block.keys + cell.j);
  if (place < 0) return say(notKept(seen.scores.cells[head].length));
  const [query, key] = await partsOf(seen.scores, head, place);
  const top = greatest([...query, ...key].map(({value}) => value)), score = sumOf(key);
  const told = (what, tokens, at, parts) => partTable(`${what} ${placed(tokens, at)}`, parts, {top, side, at});
  return make("div", {class: "side"}, sideTitle(side),
    make("p", {class: "minor"}, "Layer ", String(layer), ", head ", String(head), ": ", make("b", {}, placed(view.queries, cell.i)), " scores ", make("b", {}, placed(view.keys, cell.j)), " with ", make("b", {}, number(score)),
      ". This is the sum of what each part of the key adds, and just as well of what each part of the query adds."),
    make("div", {class: "sums"}, told("Key", view.keys, cell.j, key), told("Query", view.queries, cell.i, query)));
}

const sideTitle = side => (isPair() ? make("h4", {}, make("b", {class: "side"}, letter(side)), ` ${result.models[side].label}`) : null);

const notKept = count => `Scores are kept for the ${count} entries that this head reads most, and this is none of them.`;

const sumOf = parts => parts.reduce((sum, {value}) => sum + value, 0);

/** The largest parts of the query and of the key of one entry, with what all others add at the end. */
async function partsOf(scores, head, place) {
  scores.held ??= Promise.all([inflated(scores.parts), inflated(scores.data)]).then(([parts, data]) => [new Uint16Array(parts.buffer), new Float32Array(data.buffer)]);
  const [which, numbers] = await scores.held, {kept, names} = scores;
  const before = scores.cells.slice(0, head).reduce((sum, cells) => sum + cells.length, 0) + place;
  return [0, 1].map(side => {
    const at = 2 * before + side, largest = Array.from(which.subarray(at * kept, (at + 1) * kept), (part, k) => ({name: names[part], value: numbers[at * (kept + 1) + k]}));
    return kept < names.length ? [...largest, {name: `${names.length - kept} others`, value: numbers[at * (kept + 1) + kept]}] : largest;
  });
}

/** `chart`: the largest part of both sides, whose parts they are, and at which position. */
function partTable(title, parts, chart) {
  return make("table", {class: "parts"}, make("caption", {}, title),
    make("tbody", {}, parts.map(({name, value}) => partRow(partName(name, chart), value, chart.top, data.words.parts[name]))),
    make("tfoot", {}, make("tr", {}, make("th", {scope: "row"}, "score"), make("td", {}, signed(sumOf(parts))), make("td", {}))));
}

function partRow(name, value, top, about) {
  const share = top ? 50 * Math.min(1, Math.abs(value) / top) : 0;
  const bar = make("i", {class: value < 0 ? "below" : null, style: `left: ${(value < 0 ? 50 - share : 50).toFixed(1)}%; width: ${share.toFixed(1)}%`});
  return make("tr", {}, make("th", {scope: "row", title: about}, name), make("td", {}, signed(value)), make("td", {class: "beam", "aria-hidden": true}, make("span", {}, bar)));
}

/** A head's part leads to what that head reads there. */
function partName(name, {side, at}) {
  const [, layer, head] = name.match(/^layer (\d+), head (\d+)$/) ?? [];
  if (layer === undefined) return name;
  const go = () => { toHead(side, Number(layer), Number(head)); change({along: "row", lock: `${at}_-1`}); };
  return make("button", {type: "button", title: "Show what this head reads there", onclick: go}, name);
}
