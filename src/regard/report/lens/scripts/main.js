// What happens when: the page is shown anew after every change, and what is pointed at follows the pointer.

let heatMaps = [], readings = [], pointed = null, previewed = null, turn = 0;

function start() {
  data = JSON.parse(by("data").textContent);
  result = data.result;
  if (!result.models.length || result.models.some(model => !model.views.length)) return say("Nothing has been looked at, so there is no map to show.");
  by("shown").hidden = false;
  restore();
  bindControls();
  const on = {point, lock: cell => { pointed = null; lock(cell); }, sums: () => SHARES.has(state.level)};
  heatMaps = [...sides().map(side => `Heat map${isPair() ? ` of ${letter(side)}` : ""}`), ...(isPair() ? ["Heat map of the difference"] : [])].map(label => new HeatMap(on, label));
  readings = sides().map(side => new Reading(side, on));
  by("panels").append(...heatMaps.map(panel => panel.element));
  by("readings").append(...readings.map(reading => reading.element));
  by("desk").classList.toggle("two", isPair());
  by("desk").classList.toggle("many", result.models[0].layers.some(layer => layer.heads > 8));
  bindOverview();
  bindMaps();
  bindFlow();
  // a list of its own: Chromium tells of no change that has been read from the same list before
  matchMedia(dark.media).addEventListener("change", show);
  addEventListener("resize", onceAFrame(show));
  addEventListener("hashchange", () => { restore(); show(); });
  show();
}

/** Brings the state within what there is. */
function settle() {
  const within = (value, count) => Math.max(0, Math.min(count - 1, value));
  state.example = within(state.example, examples().length);
  state.side = within(state.side, result.models.length);
  if (!hasLevel(state.level)) state.level = levels().find(inAllLayers) ?? levels().find(hasLevel) ?? "weights";
  state.layer = within(state.layer, viewOf(0).layers.length);
  const seen = viewOf(0).layers.findIndex(layer => layer.maps[state.level]);
  if (!blockOf(0, state.layer) && !blockOf(1 % result.models.length, state.layer) && seen >= 0) state.layer = seen;
  state.head = within(state.head, result.models[0].layers[state.layer]?.heads ?? 1);
  if (!SCALES[state.scale]) state.scale = START.scale;
  state.edges = Math.max(5, Math.min(MOST_EDGES, state.edges));
}

async function show() {
  const own = ++turn;
  try {
    settle();
    showControls();
    const top = await topOfAll();
    if (own !== turn) return;
    await showHead(top);
    if (own !== turn) return;
    showOverview(top);
    showAnswers();
    document.documentElement.dataset.ready ??= performance.now().toFixed(0);
    for (const [id, has, work] of [["flow", hasFlow, showFlow], ["memory", hasMemory, showMemory], ["faithful", hasFaithfulness, showFaithfulness]]) {
      by(id).hidden = !has();
      if (has()) whenNear(by(id), async () => own === turn && work().catch(failed));
    }
  } catch (error) {
    failed(error);
  }
}

function failed(error) {
  say(typeof DecompressionStream === "undefined"
    ? "This browser cannot unpack the maps. Any browser of 2024 or later can."
    : `This page is damaged (${error.message}). Make it again by regard lens.`);
}

function say(fault) {
  by("fault").hidden = false;
  by("fault").textContent = fault;
}

/** The maps of the head that is pointed at or chosen. */
async function showHead(top) {
  const {layer, head} = previewed ?? state;
  const shown = await Promise.all(sides().map(side => shownOf(side, layer, head, top)));
  const now = previewed ?? state;
  if (now.layer !== layer || now.head !== head) return;
  by("large-title").textContent = `${capital(headName(0, layer, headOf(0, layer, head)))}: ${state.level}`;
  showOthers(layer, head);
  const all = isPair() ? [...shown, differenceOf(shown)] : shown;
  heatMaps.forEach((panel, k) => panel.showOrSay(all[k], layerOf(Math.min(k, 1), layer)?.refused[state.level]));
  showFacts(layer, head);
  follow();
  await showScores(layer, head);
  await showExactRows(layer, head);
}

async function shownOf(side, layer, head, every) {
  const block = blockOf(side, layer);
  if (!block) return null;
  const maps = await unpack(block), view = shaped(viewOf(side), block), own = headOf(side, layer, head), hidden = hiddenKeys(view);
  const moment = steps().length < 2 ? "" : view.step === null ? ", best weights" : `, step ${momentName(view.step)}`;
  const title = isPair() ? [make("b", {class: "side"}, letter(side)), ` ${result.models[side].label}, head ${own}${moment}`] : [result.models[side].layers[layer]?.mechanism ?? ""];
  if (view.queries.size) title.push(`, ${view.queries.size} positions to a row and a column: the mean over queries of all that they read of these keys`);
  return {maps, view, hidden, head: own, top: topOf(maps, own, hidden, every), title};
}

const previewSoon = onceAFrame(async () => showHead(await topOfAll()).catch(failed));

/** Shows a head for as long as it is pointed at. */
function preview(head) {
  if (head?.layer === previewed?.layer && head?.head === previewed?.head) return;
  previewed = head;
  previewSoon();
}

const followSoon = onceAFrame(() => follow());

function point(cell) {
  if (cell?.i === pointed?.i && cell?.j === pointed?.j) return;
  pointed = cell;
  followSoon();
}

/** Marks what is pointed at, or else locked, in all maps, and reads it out. */
function follow() {
  const cell = pointed ?? locked();
  for (const panel of heatMaps) if (panel.shown) panel.mark(cell);
  for (const [side, reading] of readings.entries()) {
    const panel = heatMaps[side];
    reading.element.hidden = !panel.shown;
    if (panel.shown) reading.update(panel.shown, panel.left, cell);
  }
  const first = heatMaps.find(panel => panel.shown), kept = locked();
  const known = first && kept && kept.i >= 0 && kept.j >= 0 && kept.i < first.shown.maps.n && kept.j <= first.shown.maps.m;
  by("said").textContent = !pointed && known ? `${first.sentence(kept)}: ${number(first.value(kept))}` : "";
}

addEventListener("DOMContentLoaded", start);
