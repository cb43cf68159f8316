// A recurrent layer's memory over time, and what a choosing layer recalls.

const CHART = {width: 176, height: 92, left: 34, below: 18, above: 8};

function hasMemory() {
  const seen = layerOf(state.side, state.layer);
  return Boolean(seen?.memory || seen?.recalled.length);
}

async function showMemory() {
  const {memory, recalled} = layerOf(state.side, state.layer);
  by("memory-title").textContent = memory ? `Memory of layer ${state.layer}` : `What layer ${state.layer} recalls`;
  by("remembered").replaceChildren(
    ...(memory ? [make("div", {}, charts("Size", "The norm of all that the memory holds, after each position.", memory.size), charts("Effective rank", "Of how many directions it is made.", memory.rank)), await returnedMap(memory)] : []),
    ...(recalled.length ? [recallBars(recalled)] : []));
}

function charts(title, about, heads) {
  const top = Math.max(...heads.flat(), 1e-12), own = ownHead(heads.length);
  return make("div", {}, make("h4", {}, title, make("small", {class: "minor"}, about)),
    make("div", {class: heads.length > 4 ? "charts many" : "charts"}, heads.map((values, head) => make("figure", {class: head === own ? "chosen" : null}, lineChart(values, top, `${title} of head ${head}, from ${number(values[0])} to ${number(values.at(-1))}`), make("figcaption", {}, `head ${head}`)))));
}

const ownHead = heads => Math.min(heads - 1, state.side === 0 ? state.head : headOf(1, state.layer, state.head));

function lineChart(values, top, label) {
  const {width, height, left, below, above} = CHART, across = width - left - 6, ground = height - below;
  const x = t => left + across * (values.length > 1 ? t / (values.length - 1) : 0.5), y = value => ground - (ground - above) * Math.max(0, value) / top;
  const path = values.map((value, t) => `${t ? "L" : "M"}${x(t).toFixed(1)} ${y(value).toFixed(1)}${t ? "" : "h0"}`).join("");
  const words = (text, place) => draw("text", {"font-size": 10, fill: "var(--muted)", ...place}, text);
  return picture(width, height, label,
    draw("path", {d: `M${left} ${y(top)}H${width - 6}M${left} ${ground}H${width - 6}`, stroke: "var(--rule)"}),
    draw("path", {d: path, fill: "none", stroke: "var(--accent)", "stroke-width": 2, "stroke-linejoin": "round", "stroke-linecap": "round"}),
    words(number(top), {x: left - 5, y: y(top) + 4, "text-anchor": "end"}), words("0", {x: left - 5, y: ground + 3, "text-anchor": "end"}),
    words("0", {x: left, y: height - 5, "text-anchor": "middle"}), words(String(values.length - 1), {x: width - 6, y: height - 5, "text-anchor": "end"}));
}

let returned;

async function returnedMap(memory) {
  const maps = await unpack(memory.returned), head = Math.min(maps.heads - 1, ownHead(maps.heads)), view = viewOf(state.side);
  returned ??= new HeatMap({point: cell => returned.mark(cell), lock: () => {}, sums: () => false}, "What the memory still returns of each key, after each position");
  const host = make("div", {}, make("h4", {}, "Returned", make("small", {class: "minor"}, "How much of each value (columns) it still gives back after each position (rows): 1 whole, 0 nothing.")), make("div", {class: "returned"}, returned.element));
  requestAnimationFrame(() => returned.show({maps, head, view, hidden: null, top: largest(maps, head), title: [`Head ${head}`]}));
  return host;
}

function recallBars(recalled) {
  const own = ownHead(recalled.length);
  return make("div", {}, make("h4", {}, "Recalled", make("small", {class: "minor"}, "Which share of softmax's mass lies on the chosen keys.")),
    make("table", {class: "guesses"}, make("tbody", {}, recalled.map((share, head) => make("tr", {class: head === own ? "own" : null},
      make("th", {scope: "row"}, `head ${head}`), make("td", {class: "gauge", "aria-hidden": true}, make("i", {style: `width: ${(100 * share).toFixed(1)}%`})), make("td", {}, percent(share)))))));
}
