// What is known of the chosen head: metrics, proof, what its map leaves out.

function showFacts(layer, head) {
  const heads = sides().map(side => ({side, seen: layerOf(side, layer), head: headOf(side, layer, head), block: blockOf(side, layer)}))
    .filter(each => each.seen);
  const whole = heads.every(({side, block}) => block && block.heads === 1 && result.models[side].layers[layer]?.heads !== 1);
  const measured = whole ? make("p", {class: "minor"}, "This map is one of the whole layer; metrics belong to single heads.") : metricTable(heads);
  const known = [...(measured ? [measured] : []), ...heads.flatMap(each => proof(each, heads.length > 1))];
  by("facts").hidden = !known.length;
  by("facts").replaceChildren(make("h3", {}, capital(headName(0, layer, headOf(0, layer, head)))), ...known);
}

function metricTable(heads) {
  const line = (name, title, values) => make("tr", {}, make("th", {scope: "row", title}, name), values.map(value => make("td", {}, value)));
  const rows = metricNames().map(name => line(capital(plainName(name)), meaning(name), heads.map(({seen, head}) => number(seen.metrics[name]?.[head]))));
  const changes = heads.map(({seen, head}) => seen.ablated[head]);
  if (changes.some(change => change !== undefined))
    rows.push(line("Without the head", "Change of the first guess's probability when the head is switched off.", changes.map(change => change === undefined ? "–" : points(change))));
  const recalled = heads.map(({seen, head}) => seen.recalled[head]);
  if (recalled.some(share => share !== undefined))
    rows.push(line("Recalled", "Which share of softmax's mass the chosen keys have.", recalled.map(share => share === undefined ? "–" : percent(share))));
  const top = heads.length > 1 ? make("thead", {}, make("tr", {}, make("td"), heads.map(({side, head}) => make("th", {scope: "col"}, `${letter(side)} ${head}`)))) : null;
  return rows.length ? make("table", {class: "narrow"}, top, make("tbody", {}, rows)) : null;
}

const points = change => `${signed(100 * change).replace(/(\.\d)\d+$/, "$1")} points`;

function proof({side, seen}, several) {
  const front = several ? `${letter(side)}: ` : "", said = [];
  if (seen.residual !== null) said.push(make("p", {class: "minor", title: "|A v + beside − output| / |output| of the operator, the largest of all heads."},
    `${front}The operator gives the layer's output to ${seen.residual.toExponential(1).replace("-", "−")}.`));
  if (seen.outside.length) said.push(make("p", {class: "minor"}, `${front}Not in this map:`), make("ul", {class: "plain minor"}, seen.outside.map(text => make("li", {}, text))));
  return said;
}
