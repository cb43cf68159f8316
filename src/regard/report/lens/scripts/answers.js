// What the model answers, what it would after fewer layers, and what heads do to it.

function showAnswers() {
  const views = sides().map(viewOf);
  const some = views.some(view => view.answers.length || view.layers.some(layer => layer.guesses.length || layer.ablated.length));
  by("answers").hidden = !some;
  if (!some) return;
  by("answered").replaceChildren(...sides().map(side => make("div", {class: "answering"},
    isPair() ? make("h3", {}, make("b", {class: "side"}, letter(side)), ` ${result.models[side].label}`) : null,
    make("div", {class: "columns"},
      answerList(views[side]), logitLens(views[side]), ablationTable(side, views[side])),
    views[side].answers.length ? ["guesses", "ablated"].flatMap(what => missing(views[side], what)) : null)));
}

const MISSING = {guesses: "What it would answer if a layer were the last", ablated: "What becomes of the answer without a head"};

/** Why something is not there, each reason once. */
function missing(view, what) {
  const reasons = [...new Set(view.layers.map(layer => layer.refused[what]).filter(Boolean))];
  return reasons.map(reason => make("p", {class: "minor"}, `${MISSING[what]} is not known${view.layers.every(layer => layer.refused[what]) ? "" : " of some layers"}: ${reason}`));
}

function answerList(view) {
  if (!view.answers.length) return null;
  return make("div", {class: "guessed"}, make("h4", {}, "Guesses"), make("div", view.answers.length > 12 ? {tabindex: 0, role: "group", "aria-label": "Guesses"} : {}, view.answers.map(answer => {
    const right = answer.truth === null ? null : answer.guesses[0]?.text === answer.truth;
    return make("div", {class: "answer"},
      make("p", {}, make("span", {class: "minor"}, `after ${placed(view.queries, answer.place, 12)}`),
        right === null ? null : make("span", {class: right ? "right" : "wrong"}, right ? " ✓ right" : " ✗ the truth is ", right ? null : make("b", {title: answer.truth, dir: "auto"}, cut(answer.truth)))),
      guessTable(answer.guesses, answer.truth));
  })));
}

function guessTable(guesses, truth) {
  return make("table", {class: "guesses"}, make("tbody", {}, guesses.map(({text, share}) => make("tr", {class: text === truth ? "true" : null},
    make("th", {scope: "row", title: text, dir: "auto"}, cut(text, 14)),
    make("td", {class: "gauge", "aria-hidden": true}, make("i", {style: `width: ${(100 * Math.max(0, Math.min(1, share))).toFixed(1)}%`})),
    make("td", {}, percent(share))))));
}

function logitLens(view) {
  if (!view.layers.some(layer => layer.guesses.length)) return null;
  // it is asked at the last place
  const truth = view.answers.at(-1)?.truth, most = 3;
  const rows = view.layers.map((layer, at) => make("tr", {}, make("th", {scope: "row"}, String(at)),
    layer.guesses.slice(0, most).map(({text, share}, k) => make("td", {class: text === truth ? "true" : k ? "minor" : null, title: text},
      make("span", {dir: "auto"}, cut(text, 10)), ` ${percent(share)}`))));
  return make("div", {}, make("h4", {}, "If this layer were the last", view.answers.length > 1 ? make("small", {class: "minor"}, `after ${placed(view.queries, view.answers.at(-1).place, 12)}`) : null), make("div", {class: "scroll"},
    make("table", {class: "lens"}, make("thead", {}, make("tr", {}, make("th", {scope: "col"}, "Layer"), make("th", {scope: "col", colspan: most, class: "text"}, "Guesses"))), make("tbody", {}, rows))));
}

function ablationTable(side, view) {
  // changes of no weight stay pale
  const top = Math.max(0.005, greatest(view.layers.flatMap(layer => layer.ablated)));
  if (!view.layers.some(layer => layer.ablated.length)) return null;
  const {styles, ink} = colorsOf(true), most = Math.max(...view.layers.map(layer => layer.ablated.length));
  const cell = (change, layer, head) => {
    const index = Math.round(127.5 + 127.5 * change / top);
    return make("td", {}, make("button", {
      type: "button", style: `background: ${styles[index]}; color: ${ink[index]}`, title: `Layer ${layer} without head ${head}: ${points(change)}`,
      onclick: () => toHead(side, layer, head),
    }, (Math.abs(change) < 0.0005 ? "0" : (100 * change).toFixed(Math.abs(change) < 0.1 ? 1 : 0)).replace("-", "−")));
  };
  return make("div", {}, make("h4", {}, "First guess without a head, in points", view.answers.length > 1 ? make("small", {class: "minor"}, "a mean over all guesses") : null), make("div", {class: "scroll"},
    make("table", {class: "ablation"},
      make("thead", {}, make("tr", {}, make("th", {scope: "col"}, "Layer"), Array.from({length: most}, (_, head) => make("th", {scope: "col"}, String(head))))),
      make("tbody", {}, view.layers.map((layer, at) => make("tr", {}, make("th", {scope: "row"}, String(at)), layer.ablated.map((change, head) => cell(change, at, head))))))));
}

function toHead(side, layer, head) {
  change(side === 0 ? {layer, head, other: -1} : {layer, other: head});
}
