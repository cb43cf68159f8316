// What is chosen above the maps, and what the keys do.

function bindControls() {
  const on = (id, kind, part) => by(id).addEventListener(kind, event => change(part(event.target)));
  on("example", "change", target => ({example: Number(target.value), lock: ""}));
  on("step", "input", target => ({step: String(steps()[target.value] ?? "last")}));
  for (const id of ["scale", "range", "metric"]) on(id, "change", target => ({[id]: target.value}));
  for (const id of ["first", "special", "sorted"]) on(id, "change", target => ({[id]: target.checked}));
  on("other", "change", target => ({other: Number(target.value)}));
  on("edges", "input", target => ({edges: Number(target.value)}));
  on("carried", "change", target => ({flow: target.value}));
  by("along").addEventListener("click", event => event.target.value && change({along: event.target.value}));
  by("release").addEventListener("click", () => lock(null));
  const view = () => `layer-${state.layer}-head-${state.head}`;
  by("png").addEventListener("click", () => savePng(view(), viewAsSvg()));
  by("svg").addEventListener("click", () => saveSvg(view(), viewAsSvg()));
  by("flow-png").addEventListener("click", () => savePng("across-layers", flowAsSvg()));
  by("flow-svg").addEventListener("click", () => saveSvg("across-layers", flowAsSvg()));
  by("controls").addEventListener("submit", event => event.preventDefault());
  for (const choice of document.querySelectorAll(".side-choice")) choice.addEventListener("change", () => change({side: Number(choice.value)}));
}

function showControls() {
  const names = examples(), moments = steps();
  by("example").replaceChildren(...names.map((name, at) => make("option", {value: at, selected: at === state.example}, `${cut(name, 60)}${isFollowed(name) && names.length > 1 ? " · over training" : ""}`)));
  by("example").parentElement.hidden = names.length < 2;
  by("steps").hidden = moments.length < 2;
  const moment = viewOf(0).step;
  by("step").max = moments.length - 1;
  by("step").value = moments.indexOf(moment);
  by("moment").textContent = momentName(moment);
  by("step").setAttribute("aria-valuetext", by("moment").textContent);
  by("scale").value = state.scale;
  by("range").value = state.range;
  by("special").parentElement.hidden = !viewOf(0).keys.some((key, j) => isSpecial(viewOf(0), key, j));
  for (const id of ["first", "special", "sorted"]) by(id).checked = state[id];
  for (const button of by("along").children) button.setAttribute("aria-pressed", button.value === state.along);
  for (const label of document.querySelectorAll(".by-side")) label.hidden = !isPair();
  for (const choice of document.querySelectorAll(".side-choice"))
    choice.replaceChildren(...sides().map(side => make("option", {value: side, selected: side === state.side}, `${letter(side)} ${cut(result.models[side].label, 40)}`)));
  by("release").hidden = !locked();
  showLevels();
}

function showLevels() {
  const shown = levels().filter(level => hasLevel(level) || refusals(level).length);
  by("levels").replaceChildren(...shown.map(level => make("button", {
    type: "button", "aria-pressed": level === state.level, disabled: !hasLevel(level), title: hasLevel(level) ? data.words.levels[level] : refusals(level)[0][0],
    onclick: () => change({level}),
  }, level)));
  by("level").textContent = data.words.levels[state.level] ?? "";
  by("refusals").replaceChildren(...refusedTogether(shown).map(({reason, where, names}) =>
    make("li", {}, make("b", {}, names.join(", ")), ` ${names.length > 1 ? "are" : "is"} not shown (${where.length > 4 ? `${where.length} layers` : where.join(", ")}): ${reason}`)));
}

/** Each reason once, with the levels that it holds for in the same layers. */
function refusedTogether(shown) {
  const found = new Map();
  for (const level of shown)
    for (const [reason, where] of refusals(level)) {
      const key = JSON.stringify([reason, where]);
      found.set(key, {reason, where, names: [...(found.get(key)?.names ?? []), level]});
    }
  return [...found.values()];
}

/** In the overview arrows move to other heads, and pointing or focus shows one without choosing it. */
function bindOverview() {
  const host = by("heads"), headAt = event => event.target.closest?.("button");
  const place = button => ({layer: Number(button.dataset.layer), head: Number(button.dataset.head)});
  host.addEventListener("pointerover", event => headAt(event) && event.pointerType !== "touch" && preview(place(headAt(event))));
  host.addEventListener("pointerleave", () => preview(null));
  host.addEventListener("focusin", event => headAt(event)?.matches(":focus-visible") && preview(place(headAt(event))));
  host.addEventListener("focusout", () => preview(null));
  host.addEventListener("click", event => headAt(event) && change({...place(headAt(event)), other: -1}));
  host.addEventListener("keydown", event => {
    if (!event.key.startsWith("Arrow") || !headAt(event)) return;
    event.preventDefault();
    const next = state.sorted ? besides(headAt(event), event.key) : buttonOf(neighbor(...Object.values(place(headAt(event))), event.key));
    next?.focus();
  });
}

const buttonOf = ({layer, head}) => by("heads").querySelector(`button[data-layer="${layer}"][data-head="${head}"]`);

function besides(button, key) {
  const all = [...by("heads").querySelectorAll("button")], first = all.findIndex(each => each.offsetTop > all[0].offsetTop);
  const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -first, ArrowDown: first}[key];
  return all[all.indexOf(button) + step];
}

/** Over the maps arrows go to other heads; while an entry is locked they move it. */
function bindMaps() {
  by("panels").addEventListener("keydown", event => {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const cell = locked(), view = shaped(viewOf(0), blockOf(0, state.layer));
    if (!cell) return change({...neighbor(state.layer, state.head, event.key), other: -1});
    const i = cell.i + ({ArrowUp: -1, ArrowDown: 1}[event.key] ?? 0), j = cell.j + ({ArrowLeft: -1, ArrowRight: 1}[event.key] ?? 0);
    const within = (at, count) => Math.max(0, Math.min(count - 1, at));
    lock({i: within(i, view.queries.length), j: within(j, view.keys.length)});
  });
  document.addEventListener("keydown", event => event.key === "Escape" && locked() && lock(null));
}
