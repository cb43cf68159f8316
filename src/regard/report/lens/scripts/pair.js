// Two models: matched heads side by side and their difference.

/** The choice of the head that stands beside: its match, unless another one is asked for. */
function showOthers(layer, head) {
  const block = isPair() && blockOf(1, layer);
  by("others").hidden = !block || block.heads < 2;
  if (by("others").hidden) return;
  const pair = matched(layer, head);
  const first = make("option", {value: -1, selected: state.other < 0}, pair ? `${pair.other}, its match (distance ${number(pair.distance)})` : `${headOf(1, layer, head)}`);
  by("other").replaceChildren(first, ...Array.from({length: block.heads}, (_, other) => make("option", {value: other, selected: state.other === other}, String(other))));
}

/** The map of the difference, or why there is none. */
function differenceOf(shown) {
  const [one, two] = shown;
  if (!one || !two) return {reason: "One of the two has no such map."};
  if (one.maps.n !== two.maps.n || one.maps.m !== two.maps.m) return {reason: "The two maps are of different sizes."};
  const maps = difference(one.maps, one.head, two.maps, two.head);
  const hidden = one.hidden, top = state.range === "row" ? null : largest(maps, 0, hidden);
  return {maps, head: 0, view: one.view, hidden, top, title: ["A − B"]};
}
