// What is shown, in one object; all that differs from the beginning stands in the address, so that a view can be linked.

const START = {
  example: 0, step: "last", level: "", layer: 0, head: 0, other: -1, scale: "root", range: "all",
  first: false, special: false, along: "row", metric: "", sorted: false, edges: 60, flow: "mean", side: 0, exact: -1, lock: "",
};
const state = {...START};

function restore() {
  let given;
  try {
    given = new URLSearchParams(location.hash.slice(1));
  } catch {
    return;
  }
  for (const [key, start] of Object.entries(START)) {
    const text = given.get(key);
    state[key] = text === null ? start : typeof start === "number" ? Number.parseInt(text, 10) || 0 : typeof start === "boolean" ? text === "true" : text;
  }
}

const keep = onceAFrame(() => {
  const changed = Object.entries(state).filter(([key, value]) => value !== START[key]);
  const hash = new URLSearchParams(changed.map(([key, value]) => [key, String(value)])).toString();
  try {
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  } catch {
    // a page inside another one (srcdoc) has no address of its own
  }
});

/** Shows something else. */
function change(part) {
  Object.assign(state, part);
  keep();
  show();
}

/** The locked entry: query and key, -1 where it is a whole column or row. */
function locked() {
  const [i, j] = state.lock.split("_").map(Number);
  return state.lock && Number.isInteger(i) && Number.isInteger(j) ? {i, j} : null;
}

const lock = cell => change({lock: cell ? `${cell.i}_${cell.j}` : ""});
