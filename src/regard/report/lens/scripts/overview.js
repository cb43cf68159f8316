// All heads at once: layers by heads, or all in a row by a metric.

const THUMB = {side: 64, least: 28, captioned: 54, most: 84};

/** What can stand below a thumbnail: metrics, and what is known of heads beside them. */
function gauges() {
  const views = sides().map(viewOf), found = metricNames().map(name => [name, plainName(name)]);
  if (views.some(view => view.layers.some(layer => layer.ablated.length))) found.push(["ablated", "change without the head"]);
  if (views.some(view => view.layers.some(layer => layer.recalled.length))) found.push(["recalled", "recalled share"]);
  if (isPair() && result.pairs.length) found.push(["matched", "distance from its match"]);
  return found;
}

function gauge(name, layer, head, side = 0) {
  const seen = layerOf(side, layer);
  if (blockOf(side, layer)?.heads !== result.models[side].layers[layer]?.heads) return null;
  if (name === "ablated") return seen.ablated[head] ?? null;
  if (name === "recalled") return seen.recalled[head] ?? null;
  if (name === "matched") return side ? null : matched(layer, head)?.distance ?? null;
  return seen.metrics[name]?.[head] ?? null;
}

function showOverview(top) {
  const host = by("heads"), heads = allHeads(), name = chosenGauge();
  const key = JSON.stringify([state.example, state.step, state.level, state.metric, state.sorted, state.scale, state.range, state.first, state.special, host.clientWidth, dark.matches]);
  if (host.dataset.key !== key) {
    host.dataset.key = key;
    fillGauges(name);
    const widest = Math.max(1, ...heads.map(({head}) => head + 1)), across = host.clientWidth / widest - 6;
    const wide = isPair() ? 2 : 1, side = Math.max(state.sorted && wide === 1 ? THUMB.captioned : THUMB.least, Math.min(THUMB.most, (host.clientWidth - 26) / widest / wide - 7));
    host.style.setProperty("--thumb", `${Math.floor(across > 0 ? side : THUMB.least)}px`);
    host.classList.toggle("sorted", state.sorted);
    host.replaceChildren(...(state.sorted ? [sortedHeads(heads, name, top)] : rowsOfHeads(heads, name, top)));
  }
  select(state.layer, headOf(0, state.layer, state.head));
}

/** Nothing where maps are of whole layers: what is known belongs to heads. */
function chosenGauge() {
  const known = gauges().filter(([name]) => allHeads().some(({layer, head}) => gauge(name, layer, head) !== null));
  return (known.find(([name]) => name === state.metric) ?? known[0] ?? [""])[0];
}

function fillGauges(name) {
  by("metric").replaceChildren(...gauges().map(([value, text]) => make("option", {value, selected: value === name}, text)));
  by("gauge").hidden = !name;
  by("meaning").textContent = {
    ablated: "By how much the probability of the first guess changes when the head is switched off.",
    recalled: "Which share of softmax's mass the chosen keys have.",
    matched: "Jensen-Shannon distance from the head of B beside it: 0 reads the same, 1 nothing in common.",
  }[name] ?? meaning(name);
}

function allHeads() {
  return viewOf(0).layers.flatMap((layer, at) =>
    Array.from({length: layer.maps[state.level]?.heads ?? 0}, (_, head) => ({layer: at, head})));
}

function rowsOfHeads(heads, name, top) {
  return viewOf(0).layers.map((layer, at) => {
    const own = heads.filter(each => each.layer === at), reason = layer.refused[state.level];
    const row = make("div", {class: "row", role: "row"}, make("span", {class: "number", title: result.models[0].layers[at]?.name}, String(at)),
      ...own.map(each => thumbnail(each, name)), own.length ? null : make("span", {class: "minor reason"}, reason ? `Not shown: ${cut(reason, 90)}` : "No such map."));
    if (own.length) whenNear(row, () => paintThumbnails(row, top));
    return row;
  });
}

function sortedHeads(heads, name, top) {
  const known = heads.map(each => ({...each, value: gauge(name, each.layer, each.head)}));
  known.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity) || a.layer - b.layer || a.head - b.head);
  const row = make("div", {class: "row", role: "row"}, ...known.map(each => thumbnail(each, name)));
  whenNear(row, () => paintThumbnails(row, top));
  return row;
}

function thumbnail({layer, head}, name) {
  const value = name ? gauge(name, layer, head) : null, words = headName(0, layer, head);
  const beside = isPair() && blockOf(1, layer) ? make("canvas", {class: "map"}) : null;
  const numbers = [value, ...(beside && name !== "matched" ? [gauge(name, layer, headOf(1, layer, head), 1)] : [])];
  const text = state.sorted ? make("b", {}, `${layer}·${head}`) : null;
  return make("button", {
    type: "button", role: "gridcell", class: "head", tabindex: -1, "data-layer": layer, "data-head": head,
    "aria-label": `${capital(words)}${value === null ? "" : `, ${plainName(name)} ${number(value)}`}`,
    title: beside ? `A ${words} | B head ${headOf(1, layer, head)}` : words,
  }, make("span", {class: "twins"}, make("canvas", {class: "map"}), beside), make("small", {}, numbers.map((each, k) => make("span", {}, k ? null : text, each === null ? (name ? "–" : "") : short(each)))));
}

const short = value => (Math.abs(value) < 0.0005 ? "0" : Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(Math.abs(value) < 100 ? 1 : 0)).replace("-", "−");

async function paintThumbnails(row, top) {
  for (const button of row.querySelectorAll("button")) {
    const layer = Number(button.dataset.layer), head = Number(button.dataset.head);
    for (const [side, canvas] of button.querySelectorAll("canvas").entries()) {
      const maps = await unpack(blockOf(side, layer)), own = headOf(side, layer, head);
      const small = pooled(maps, side ? own : head, THUMB.side, hiddenKeys(shaped(viewOf(side), blockOf(side, layer))));
      paint(canvas, small, 0, topOf(small, 0, null, top));
    }
  }
}

/** Marks the head that is shown large; by Tab it is the one that is reached. */
function select(layer, head) {
  for (const button of by("heads").querySelectorAll("button")) {
    const own = Number(button.dataset.layer) === layer && Number(button.dataset.head) === head;
    button.tabIndex = own ? 0 : -1;
    button.setAttribute("aria-selected", own);
  }
}

/** The head next to one, by an arrow key. */
function neighbor(layer, head, key) {
  const heads = allHeads(), down = {ArrowUp: -1, ArrowDown: 1}[key] ?? 0, right = {ArrowLeft: -1, ArrowRight: 1}[key] ?? 0;
  const layers = [...new Set(heads.map(each => each.layer))], at = layers.indexOf(layer) + down;
  if (!layers.length || at < 0 || at >= layers.length) return {layer, head};
  const last = blockOf(0, layers[at]).heads - 1;
  return {layer: layers[at], head: Math.max(0, Math.min(last, head + right))};
}
