// Which part of the result is shown.

let data, result;
/** Levels in which a row says what share of a value is taken: what is missing from 1 is not read. */
const SHARES = new Set(["weights", "operator"]);
/** Levels of a layer as a whole, however many heads it has. */
const WHOLE = new Set(["influence"]);
const LEVELS = ["weights", "operator", "contribution", "relevance", "influence"];

const isPair = () => result.models.length > 1;
const sides = () => result.models.map((_, side) => side);
const letter = side => "AB"[side];

function examples() {
  return [...new Set(result.models.flatMap(model => model.views.map(view => view.example)))];
}

/** The moments at which the example was looked at; null, the weights that a run keeps, at the end. */
function steps() {
  const example = examples()[state.example];
  const found = new Set(result.models.flatMap(model => model.views.filter(view => view.example === example).map(view => view.step)));
  return [...found].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
}

const isFollowed = example => result.models.some(model => model.views.some(view => view.example === example && view.step !== null));

function viewOf(side) {
  const views = result.models[side].views;
  const same = views.filter(view => view.example === examples()[state.example]);
  return same.find(view => String(view.step ?? "last") === state.step) ?? latest(same, Number(state.step)) ?? same.at(-1) ?? views.at(-1);
}

/** Of two models that were not looked at after the same steps: the last moment before one, or else the weights that are kept. */
function latest(views, step) {
  const before = views.filter(view => view.step !== null && view.step <= step).sort((a, b) => a.step - b.step);
  return before.at(-1) ?? views.find(view => view.step === null);
}

const momentName = step => (step === null ? "best" : step === 0 ? "0, untrained" : step.toLocaleString("en"));

const layerOf = (side, layer) => viewOf(side).layers[layer];
const blockOf = (side, layer) => layerOf(side, layer)?.maps[state.level];

function levels() {
  const known = result.models.flatMap(model => model.views.flatMap(view => view.layers.flatMap(each => Object.keys(each.maps))));
  return [...new Set([...LEVELS, ...known])];
}

/** A view whose positions are the rows and columns of a map of it: blocks of positions, where it is pooled. */
function shaped(view, block) {
  const size = block?.pooled ?? 1;
  if (size === 1) return view;
  return (block.shaped ??= {...view, image: null, queries: blocksOf(view.queries, size), keys: blocksOf(view.keys, size)});
}

function blocksOf(tokens, size) {
  const blocks = Array.from({length: Math.ceil(tokens.length / size)}, (_, k) => `${k * size}–${Math.min(tokens.length, (k + 1) * size) - 1}`);
  return Object.assign(blocks, {size});
}

/** The first position in a row or column. */
const positionOf = (tokens, at) => at * (tokens.size ?? 1);

const hasLevel = level => sides().some(side => viewOf(side).layers.some(layer => layer.maps[level]));

const inAllLayers = level => sides().every(side => viewOf(side).layers.every(layer => layer.maps[level]));

/** Why a level is not there, each reason once with the layers that give it. */
function refusals(level) {
  const reasons = new Map();
  for (const side of sides())
    for (const [k, layer] of viewOf(side).layers.entries())
      if (layer.refused[level]) {
        const where = (isPair() ? `${letter(side)} ` : "") + `layer ${k}`;
        reasons.set(layer.refused[level], [...(reasons.get(layer.refused[level]) ?? []), where]);
      }
  return [...reasons];
}

/** Which head of the second model stands beside one of the first. */
function matched(layer, head) {
  return result.pairs.find(pair => pair.layer === layer && pair.head === head) ?? null;
}

function headOf(side, layer, head) {
  const block = blockOf(side, layer);
  if (!block) return 0;
  const wanted = side === 0 ? head : state.other >= 0 ? state.other : matched(layer, head)?.other ?? head;
  return Math.min(wanted, block.heads - 1);
}

/** How a head is called; a map of a whole layer has only one. */
function headName(side, layer, head) {
  const block = blockOf(side, layer), heads = result.models[side].layers[layer]?.heads;
  return block && block.heads === 1 && heads !== 1 ? `layer ${layer}, all heads` : `layer ${layer}, head ${head}`;
}

/** The metrics' names, as far as some head has a number. */
function metricNames() {
  const names = sides().flatMap(side => viewOf(side).layers.flatMap(layer => Object.entries(layer.metrics)));
  return [...new Set(names.filter(([, values]) => values.some(value => value !== null)).map(([name]) => name))];
}

/** Keys that are not to be seen, by position; null where there are none. */
function hiddenKeys(view) {
  if (!state.first && !state.special) return null;
  return view.keys.map((key, j) => (state.first && j === 0) || (state.special && isSpecial(view, key, j)));
}

const isSpecial = (view, key, j) => (view.image && j < view.image.prefix) || /^(\[[^\s\]]+\]|<[^\s>]+>)$/.test(key);

/** The number at which colors end: of all heads, of this one, or null where each row has its own. */
function topOf(maps, head, hidden, every) {
  if (state.range === "row") return null;
  return state.range === "head" ? largest(maps, head, hidden) : every;
}

let topKnown = {};

/** The largest size in all maps of the level, of both models. */
async function topOfAll() {
  const key = [state.level, state.example, state.step, state.first, state.special].join();
  if (topKnown.key !== key) topKnown = {key, top: await searchedTop()};
  return topKnown.top;
}

async function searchedTop() {
  let most = 0;
  for (const side of sides()) {
    const view = viewOf(side);
    for (const {maps} of view.layers) {
      const block = maps[state.level];
      if (!block) continue;
      const hidden = hiddenKeys(shaped(view, block)), held = hidden && await unpack(block);
      for (let head = 0; head < block.heads; head++)
        most = Math.max(most, held ? largest(held, head, hidden) : block.peaks[head]);
    }
  }
  return most;
}
