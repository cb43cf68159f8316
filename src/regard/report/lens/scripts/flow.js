// Lines across layers: which position reads which, as a mean of the heads, or rolled out down to the input.

const MOST_EDGES = 300;
const found = new Map();

/** Lines across layers need queries and keys at the same positions. */
function hasFlow() {
  const view = viewOf(state.side);
  return view.queries.length === view.keys.length && view.layers.some(layer => layer.maps[state.level]);
}

async function showFlow() {
  const whole = viewOf(state.side), rolled = whole.layers.some(layer => layer.rollout);
  by("carried").options[1].disabled = !rolled;
  by("carried").value = rolled ? state.flow : "mean";
  by("edges").value = state.edges;
  const kind = by("carried").value, view = shaped(whole, kind === "mean" ? whole.layers.find(layer => layer.maps[state.level]).maps[state.level] : whole.layers[state.layer]?.rollout);
  const edges = await edgesOf(view, kind);
  const shown = edges.slice(0, state.edges);
  by("threshold").textContent = shown.length ? `${shown.length} lines of at least ${number(Math.abs(shown.at(-1).value))}` : "no lines";
  followed = {edges: shown, lines: new Map(), view};
  by("layers").replaceChildren(flowPicture(view, shown));
  reach(shown[0]);
  by("carriers").replaceChildren();
}

/** At most 300 edges, the strongest first. */
async function edgesOf(view, kind) {
  const key = JSON.stringify([state.side, state.example, state.step, kind, kind === "mean" ? state.level : state.layer, state.first, state.special]);
  if (!found.has(key)) found.set(key, kind === "mean" ? await meanEdges(view) : await rolledEdges(view));
  return found.get(key);
}

async function meanEdges(view) {
  const parts = [];
  for (const [layer, {maps}] of view.layers.entries())
    if (maps[state.level]) parts.push({from: layer, to: layer + 1, values: headMean(await unpack(maps[state.level]))});
  return strongestEdges(parts, view);
}

async function rolledEdges(view) {
  const block = view.layers[state.layer]?.rollout;
  return block ? strongestEdges([{from: 0, to: state.layer + 1, values: headMean(await unpack(block))}], view) : [];
}

function headMean(maps) {
  const size = maps.n * maps.m, mean = new Float32Array(size);
  for (let head = 0, at = 0; head < maps.heads; head++)
    for (let k = 0; k < size; k++, at++) mean[k] += maps.values[head][maps.bytes[at]] / maps.heads;
  return mean;
}

function strongestEdges(parts, view) {
  const m = view.keys.length, hidden = hiddenKeys(view);
  const sizes = Float32Array.from({length: parts.reduce((sum, {values}) => sum + values.length, 0)});
  let at = 0;
  for (const {values} of parts) for (let k = 0; k < values.length; k++) sizes[at++] = hidden?.[k % m] ? 0 : Math.abs(values[k]);
  const least = Math.max(sizes.slice().sort().at(-MOST_EDGES) ?? 0, 1e-12), edges = [];
  for (const {from, to, values} of parts)
    for (let k = 0; k < values.length; k++)
      if (Math.abs(values[k]) >= least && !hidden?.[k % m]) edges.push({from, to, i: Math.floor(k / m), j: k % m, value: values[k]});
  return edges.sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, MOST_EDGES);
}

function flowPicture(view, edges) {
  const count = view.keys.length, left = 52, width = Math.max(300, by("flow").clientWidth - 40);
  const step = Math.min(150, (width - left - 14) / count), named = step >= (view.keys.size ? 2 : 1) * CELL.least, rise = Math.max(34, Math.min(70, 380 / view.layers.length));
  const longest = named ? longestLabel(view.keys) : 0;
  const ground = 14 + rise * view.layers.length, height = ground + 22 + 0.75 * longest;
  const x = at => left + (at + 0.5) * step, y = layer => ground - rise * layer;
  const top = Math.abs(edges[0]?.value ?? 1);
  const names = named ? view.keys.map((text, at) => below(text, x(at), ground + 16, longest <= step))
    : ticks(count, step).map(at => below(String(positionOf(view.keys, at)), x(at), ground + 16, true));
  const floors = Array.from({length: view.layers.length + 1}, (_, layer) => [
    labelled(layer ? `layer ${layer - 1}` : "input", {x: left - 8, y: y(layer) + 4, "text-anchor": "end"}),
    draw("path", {d: `M${x(0)} ${y(layer)}H${x(count - 1)}`, stroke: "var(--rule)", "stroke-width": 1}),
    draw("path", {d: Array.from({length: count}, (_, at) => `M${x(at)} ${y(layer)}h0`).join(""), stroke: "var(--ghost)", "stroke-width": step > 8 ? 5 : 2, "stroke-linecap": "round"}),
  ]).flat();
  const lines = edges.toReversed().map(edge => edgeLine(edge, `M${x(edge.j)} ${y(edge.from)}L${x(edge.i)} ${y(edge.to)}`, top, view));
  const drawing = picture(left + step * count + 14, height, `The ${edges.length} strongest lines between positions across ${view.layers.length} layers`, floors, lines, names);
  // what is in a picture is not read out, and lines are
  drawing.setAttribute("role", "group");
  return drawing;
}

function edgeLine(edge, path, top, view) {
  const share = Math.abs(edge.value) / top;
  const line = draw("path", {d: path, stroke: edge.value < 0 ? "var(--c1)" : "var(--accent)", "stroke-width": (0.6 + 3.4 * share).toFixed(2), "stroke-opacity": (0.12 + 0.75 * share).toFixed(2), "stroke-linecap": "round"});
  const where = edge.to === edge.from + 1 ? `layer ${edge.from}` : `layers up to ${edge.to - 1}`;
  const words = `${placed(view.queries, edge.i)} reads ${placed(view.keys, edge.j)}: ${number(edge.value)}`;
  const group = draw("g", {class: "edge", role: "button", tabindex: -1, "aria-label": `${words}, ${where}`, onclick: () => { reach(edge); showCarriers(edge, view); }},
    line, draw("path", {class: "touch", d: path, stroke: "transparent", "stroke-width": 9}, draw("title", {}, words)));
  followed.lines.set(edge, group);
  return group;
}

/** Which heads carry a line. */
function showCarriers(edge, view) {
  const host = by("carriers"), words = `${placed(view.queries, edge.i)} reads ${placed(view.keys, edge.j)}`;
  const maps = edge.to === edge.from + 1 && by("carried").value === "mean" ? view.layers[edge.from].maps[state.level]?.held : null;
  if (!maps) return host.replaceChildren(make("p", {class: "minor"}, `${words}: ${number(edge.value)} through all layers up to ${edge.to - 1}.`));
  const heads = Array.from({length: maps.heads}, (_, head) => ({head, value: valueAt(maps, head, edge.i, edge.j)})).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const top = Math.abs(heads[0].value) || 1;
  return host.replaceChildren(make("h4", {}, `Layer ${edge.from}: ${words}, by head`), make("div", {class: "carriers"}, heads.map(({head, value}) =>
    make("button", {type: "button", onclick: () => { toHead(state.side, edge.from, head); lock({i: edge.i, j: edge.j}); }},
      make("span", {}, `head ${head}`), make("span", {class: "gauge"}, make("i", {style: `width: ${(100 * Math.abs(value) / top).toFixed(1)}%`, class: value < 0 ? "below" : null})), make("span", {}, number(value))))));
}
