// The large heat map: one pixel per entry, scaled by the browser, below a frame of labels and marks.

const CELL = {least: 11, most: 68};
/** Letters of a label, their size in pixels, and the room that ticks need. */
const LABEL = {letters: 14, size: 11, ticks: 32};

class HeatMap {
  /** `on.point(cell)` and `on.lock(cell)` are told of the entry below the pointer. `on.sums()` says whether rows are shares. */
  constructor(on, label) {
    this.on = on;
    this.canvas = make("canvas", {class: "map"});
    this.rest = make("canvas", {class: "map rest"});
    this.frame = draw("svg", {class: "frame", "aria-hidden": true});
    this.marks = draw("g", {class: "marks"});
    this.tip = make("div", {class: "tip", hidden: true});
    this.title = make("h3");
    this.bar = make("div", {class: "bar"});
    this.area = make("div", {
      class: "area", tabindex: 0, role: "application", "aria-label": label, "aria-describedby": "keys",
      onpointermove: event => this.pointed(event), onpointerleave: () => on.point(null), onclick: event => this.clicked(event),
    }, this.canvas, this.rest, this.frame, this.tip);
    this.element = make("div", {class: "panel"}, this.title, this.area, this.bar);
  }

  /** Shows a map, or says why there is none. */
  showOrSay(shown, reason) {
    const there = Boolean(shown?.maps);
    this.area.hidden = this.bar.hidden = !there;
    if (there) return this.show(shown);
    this.shown = null;
    return this.title.replaceChildren(shown?.reason ?? reason ?? "No such map.");
  }

  show({maps, head, view, hidden, top, title}) {
    this.shown = {maps, head, view, hidden, top};
    this.left = this.on.sums() ? leftOver(maps, head) : null;
    this.title.replaceChildren(...title);
    this.place();
    paint(this.canvas, maps, head, top, hidden);
    this.paintRest();
    this.canvas.style.imageRendering = this.cell.x * devicePixelRatio < 1 ? "auto" : "pixelated";
    this.labels();
    this.bar.replaceChildren(colorBar(top, maps.signed));
    this.mark(null);
  }

  /** Where everything lies, in pixels. */
  place() {
    const {maps: {n, m}, view} = this.shown;
    const width = Math.max(240, this.element.clientWidth), longest = Math.max(longestLabel(view.queries), longestLabel(view.keys));
    const rest = this.left ? 30 : 2;
    let gutter = Math.max(LABEL.ticks, longest + 8), cell = Math.min(CELL.most, (width - gutter - rest) / m, 640 / n);
    this.named = cell >= CELL.least;
    if (!this.named) {
      gutter = LABEL.ticks;
      const across = width - gutter - rest;
      cell = Math.min(across / m, 640 / n);
    }
    const few = Math.min(n, m) * cell < 24 ? 24 / (Math.min(n, m) * cell) : 1;
    this.cell = {x: m <= n ? cell * few : cell, y: n <= m ? cell * few : cell};
    this.gutter = gutter;
    this.size = {x: m * this.cell.x, y: n * this.cell.y};
    this.upright = longest <= this.cell.x;
    this.below = this.named && !this.upright ? 12 + 0.72 * longest : 22;
    this.whole = {x: Math.ceil(gutter + this.size.x + rest), y: Math.ceil(this.size.y + this.below + 2)};
    this.area.style.cssText = `width: ${this.whole.x}px; height: ${this.whole.y}px`;
    laid(this.canvas, gutter, 1, this.size.x, this.size.y);
    laid(this.rest, gutter + this.size.x + 8, 1, 16, this.size.y);
  }

  paintRest() {
    this.rest.hidden = !this.left;
    if (!this.left) return;
    const {top} = this.shown, {pixels} = colorsOf(false), {n} = this.shown.maps;
    this.rest.width = 1;
    this.rest.height = n;
    const image = new ImageData(1, n), out = new Uint32Array(image.data.buffer);
    this.left.forEach((value, i) => { out[i] = pixels[colorIndex(value, top ?? 1, false)]; });
    this.rest.getContext("2d").putImageData(image, 0, 0);
  }

  labels() {
    const {view, maps: {n, m}} = this.shown, {x, y} = this.whole;
    filled(this.frame, {viewBox: `0 0 ${x} ${y}`, width: x, height: y}, []);
    const rows = this.named ? view.queries.map((text, i) => this.rowLabel(i, text)) : ticks(n, this.cell.y).map(i => this.rowLabel(i, String(positionOf(view.queries, i))));
    const columns = this.named ? view.keys.map((text, j) => this.columnLabel(j, text)) : ticks(m, this.cell.x).map(j => this.columnLabel(j, String(positionOf(view.keys, j))));
    if (this.left) columns.push(this.columnText(this.gutter + this.size.x + 16, "nothing"));
    const edge = draw("rect", {x: this.gutter - 0.5, y: 0.5, width: this.size.x + 1, height: this.size.y + 1, fill: "none", stroke: "var(--rule)"});
    this.frame.replaceChildren(edge, ...rows, ...columns, this.marks);
  }

  rowLabel(i, text) {
    return labelled(text, {x: this.gutter - 6, y: Math.max(10, 5 + (i + 0.5) * this.cell.y), "text-anchor": "end"});
  }

  columnLabel(j, text) {
    return this.columnText(this.gutter + (j + 0.5) * this.cell.x, text);
  }

  columnText(x, text) {
    return below(text === "nothing" && (!this.named || this.upright) ? "∅" : text, x, this.size.y + 13, !this.named || this.upright);
  }

  /** Outlines the row, the column and the entry, and says what is there. */
  mark(cell) {
    const {n, m} = this.shown.maps, {x, y} = this.cell;
    const {i = -1, j = -1} = cell ?? {};
    const band = (left, top, width, height, strong) => draw("rect", {
      x: left, y: top, width: Math.max(width, 2), height: Math.max(height, 2), fill: "none",
      stroke: strong ? "var(--accent)" : "var(--ink)", "stroke-width": strong ? 2 : 1, "stroke-opacity": strong ? 1 : 0.55,
    });
    const at = j === m ? this.gutter + this.size.x + 8 : this.gutter + j * x, wide = j === m ? 16 : x;
    const marks = [];
    if (i >= 0 && i < n) marks.push(band(this.gutter, 1 + i * y, this.size.x, y, false));
    if (j >= 0 && j < m + Boolean(this.left)) marks.push(band(at, 1, wide, this.size.y, false));
    if (marks.length === 2) marks.push(band(at, 1 + i * y, wide, y, true));
    this.marks.replaceChildren(...marks);
    this.tell(marks.length === 3 ? {i, j} : null, at + wide, 1 + (i + 1) * y);
  }

  tell(cell, x, y) {
    this.tip.hidden = !cell;
    if (!cell) return;
    this.tip.replaceChildren(make("b", {}, number(this.value(cell))), make("span", {}, this.sentence(cell)));
    const right = x + 12 + this.tip.offsetWidth > Math.max(this.whole.x, this.element.clientWidth);
    this.tip.style.left = `${Math.max(0, right ? x - this.cell.x - 12 - this.tip.offsetWidth : x + 8)}px`;
    this.tip.style.top = `${y + this.tip.offsetHeight + 8 > this.size.y ? Math.max(0, y - this.cell.y - this.tip.offsetHeight - 8) : y + 8}px`;
  }

  value({i, j}) {
    const {maps, head} = this.shown;
    return j === maps.m ? this.left?.[i] ?? 0 : valueAt(maps, head, i, j);
  }

  sentence({i, j}) {
    const {view, maps: {m}} = this.shown;
    return `${placed(view.queries, i)} ${view.queries.size ? "read" : "reads"} ${j === m ? "nothing" : placed(view.keys, j)}`;
  }

  /** The entry below the pointer, or null. */
  cellAt(event) {
    const box = this.canvas.getBoundingClientRect(), {n, m} = this.shown.maps;
    const i = Math.floor((event.clientY - box.top) / box.height * n), j = Math.floor((event.clientX - box.left) / box.width * m);
    if (i < 0 || i >= n || j < 0) return null;
    if (j < m) return {i, j};
    return this.left && event.clientX > box.right + 6 && event.clientX < box.right + 26 ? {i, j: m} : null;
  }

  pointed(event) {
    if (this.shown) this.on.point(this.cellAt(event));
  }

  clicked(event) {
    const cell = this.shown && this.cellAt(event);
    if (cell) this.on.lock(cell);
  }
}

function laid(element, left, top, width, height) {
  element.style.cssText = `left: ${left}px; top: ${top}px; width: ${width}px; height: ${height}px`;
}

const longestOf = new WeakMap(), ruler = new OffscreenCanvas(1, 1).getContext("2d");

/** The width of the longest one, as it is drawn. */
function longestLabel(tokens) {
  if (!longestOf.has(tokens)) {
    ruler.font = `${LABEL.size}px ${getComputedStyle(document.body).fontFamily}`;
    longestOf.set(tokens, tokens.reduce((most, text) => Math.max(most, ruler.measureText(brief(text, LABEL.letters)).width), 4));
  }
  return longestOf.get(tokens);
}

/** A label below a column: turned where it is wider than that. */
function below(text, x, y, upright) {
  return labelled(text, upright ? {x, y: y + 3, "text-anchor": "middle"} : {x: x + 3, y, "text-anchor": "end", transform: `rotate(-45 ${x + 3} ${y})`});
}

function labelled(text, attributes) {
  const element = draw("text", {"font-size": LABEL.size, fill: "var(--muted)", ...attributes}, apart(brief(text, LABEL.letters)));
  if (text.length > LABEL.letters) element.append(draw("title", {}, text));
  return element;
}

/** Round positions, at least 34 pixels apart. */
function ticks(count, cell) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].find(size => size * cell >= 34) ?? 5000;
  return Array.from({length: Math.ceil(count / step)}, (_, k) => k * step);
}
