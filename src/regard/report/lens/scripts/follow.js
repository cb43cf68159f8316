// Lines across layers by the keyboard: one of them is reached by Tab, and arrows go on from there.

let followed = {edges: [], lines: new Map(), view: null};

function bindFlow() {
  const host = by("layers"), edgeAt = event => followed.edges.find(edge => followed.lines.get(edge) === event.target.closest?.(".edge"));
  host.addEventListener("focusin", event => edgeAt(event)?.value !== undefined && showCarriers(edgeAt(event), followed.view));
  host.addEventListener("keydown", event => {
    const edge = edgeAt(event);
    if (!edge) return;
    if (event.key === "Enter" || event.key === " ") by("carriers").querySelector("button")?.focus();
    else if (event.key.startsWith("Arrow")) goTo(nextEdge(followed.edges, edge, event.key));
    else return;
    event.preventDefault();
  });
}

/** Left and right: the next stronger and weaker line. Up: the strongest by which its reader is read; down: what is read by what it reads. */
function nextEdge(edges, edge, key) {
  if (key === "ArrowUp") return edges.find(other => other.from === edge.to && other.j === edge.i);
  if (key === "ArrowDown") return edges.find(other => other.to === edge.from && other.i === edge.j);
  return edges[edges.indexOf(edge) + (key === "ArrowRight" ? 1 : -1)];
}

function goTo(edge) {
  if (!edge) return;
  reach(edge);
  followed.lines.get(edge).focus();
}

/** The line that Tab reaches, marked. */
function reach(edge) {
  for (const [other, line] of followed.lines) {
    line.setAttribute("tabindex", other === edge ? 0 : -1);
    line.toggleAttribute("data-reached", other === edge);
  }
}
