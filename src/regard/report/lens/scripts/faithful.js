// Which map predicts the model: what becomes of the answer when positions are taken away, or put back, in the order of a map.

const FAITH = {width: 330, height: 210, left: 42, right: 8, above: 10, below: 34};
const CURVE_COLORS = {weights: "var(--c0)", operator: "var(--c1)", contribution: "var(--c2)", relevance: "var(--c3)", influence: "var(--c7)", random: "var(--muted)"};

const hasFaithfulness = () => result.models.some(model => model.faithfulness?.curves.length || model.untried);

async function showFaithfulness() {
  by("tried-how").hidden = !result.models.some(model => model.faithfulness);
  by("tried").replaceChildren(...sides().map(side => {
    if (!result.models[side].faithfulness) return make("div", {class: "answering"}, sideTitle(side), make("p", {class: "minor"}, result.models[side].untried));
    const {examples, curves} = result.models[side].faithfulness;
    return make("div", {class: "answering"}, sideTitle(side), make("p", {class: "verdict"}, ...verdict(curves, examples)),
      make("div", {class: "faith"}, curveChart("Taken away", curves, "deletion"), curveChart("Put back", curves, "insertion"), gainTable(curves)));
  }));
}

/** In one sentence, and from intervals: which map is best, and which ones cannot be told from it. */
function verdict(curves, examples) {
  const [best, ...others] = curves, on = ` (${examples} examples)`;
  if (best.level === "random" || best.ahead[0] <= 0) return ["No map tells better than a random order which positions the answer depends on", on, "."];
  const near = others.filter(({level, behind}) => level !== "random" && behind[0] <= 0).map(({level}) => level);
  const said = ["Which positions the answer depends on is told best by ", make("b", {}, best.level), on];
  return near.length ? [...said, "; not told apart from it: ", make("b", {}, near.join(", ")), "."] : [...said, ", better than by any other map."];
}

/** The curve of the level that is shown is bold, and has its interval, as a random order has. */
function curveChart(title, curves, what) {
  const {width, height, left, right, above, below} = FAITH, ground = height - below, across = width - left - right;
  const top = Math.max(0.01, ...curves.flatMap(curve => [...curve[what], ...(isMarked(curve, curves) ? curve[`${what}_within`].map(([, high]) => Math.min(1, high)) : [])]));
  const x = k => left + across * k / (curves[0][what].length - 1), y = value => ground - (ground - above) * Math.max(0, Math.min(top, value)) / top;
  const words = (text, place) => draw("text", {"font-size": 11, fill: "var(--muted)", ...place}, text);
  const path = values => values.map((value, k) => `${k ? "L" : "M"}${x(k).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const band = within => `${path(within.map(([, high]) => high))}${within.map(([low], k) => `L${x(k).toFixed(1)} ${y(low).toFixed(1)}`).reverse().join("")}Z`;
  const marked = curves.filter(curve => isMarked(curve, curves));
  const lines = curves.toReversed().map(curve => draw("path", {
    d: path(curve[what]), fill: "none", stroke: CURVE_COLORS[curve.level] ?? "var(--c5)", "stroke-linejoin": "round",
    "stroke-width": curve.level === boldLevel(curves) ? 3.5 : 1.6, "stroke-dasharray": curve.level === "random" ? "5 4" : null,
  }));
  const grid = draw("path", {d: [0, 0.5, 1].map(share => `M${left} ${y(share * top)}H${width - right}`).join(""), stroke: "var(--rule)"});
  return make("div", {class: "curves"}, make("h4", {}, title, make("small", {class: "minor"}, what === "deletion" ? "falls early: the map is right" : "rises early: the map is right")),
    picture(width, height, `${title}: the probability of the first guess, from no position to all`, grid,
      ...marked.map(curve => draw("path", {d: band(curve[`${what}_within`]), fill: CURVE_COLORS[curve.level] ?? "var(--c5)", "fill-opacity": 0.15})), ...lines,
      ...[0, 0.5, 1].map(share => words(short(share * top), {x: left - 6, y: y(share * top) + 4, "text-anchor": "end"})),
      ...[0, 0.5, 1].map(share => words(`${100 * share} %`, {x: left + across * share, y: ground + 15, "text-anchor": share === 1 ? "end" : share ? "middle" : "start"})),
      words("of the positions", {x: left + across / 2, y: height - 4, "text-anchor": "middle"})));
}

const boldLevel = curves => (curves.find(({level}) => level === state.level) ?? curves[0]).level;
const isMarked = (curve, curves) => curve.level === boldLevel(curves) || curve.level === "random";

function gainTable(curves) {
  const row = ({level, gain, gain_within: [low, high], ahead}) => make("tr", {class: level === boldLevel(curves) ? "own" : null},
    make("th", {scope: "row"}, draw("svg", {class: "swatch", width: 18, height: 10, "aria-hidden": true}, draw("path", {d: "M0 5h18", stroke: CURVE_COLORS[level] ?? "var(--c5)", "stroke-width": level === boldLevel(curves) ? 4 : 2.5, "stroke-dasharray": level === "random" ? "5 3" : null})), ` ${level}`),
    make("td", {}, `${fixed(gain)} `, make("span", {class: "minor"}, `${fixed(low)} to ${fixed(high)}`)),
    make("td", {class: "minor"}, ahead ? `${fixed(ahead[0])} to ${fixed(ahead[1])}` : "–"));
  return make("div", {class: "scroll gains"}, make("table", {},
    make("thead", {}, make("tr", {}, make("th", {scope: "col"}, "Map"), make("th", {scope: "col", title: "The area below the curve of what is put back, minus that of what is taken away"}, "Area between"), make("th", {scope: "col"}, "More than random"))),
    make("tbody", {}, curves.map(row))));
}

const fixed = value => (Math.abs(value) < 0.005 ? "0.00" : value.toFixed(2)).replace("-", "−");
