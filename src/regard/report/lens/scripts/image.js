// The picture that was looked at, and over each patch how much is read of it.

class PatchView {
  constructor(on) {
    this.on = on;
    this.photo = make("img", {alt: "The picture that the model saw", draggable: "false"});
    this.cover = make("canvas", {class: "cover"});
    this.frame = draw("svg", {class: "frame", "aria-hidden": true, preserveAspectRatio: "none"});
    this.caption = make("p", {class: "minor caption"});
    this.front = make("span", {class: "front"});
    this.stage = make("div", {
      class: "stage", onpointermove: event => on.point(this.positionAt(event)), onpointerleave: () => on.point(null),
      onclick: event => on.lock(this.positionAt(event)),
    }, this.photo, this.cover, this.frame);
    const opacity = make("input", {type: "range", min: 0, max: 100, value: 85, oninput: () => this.blend(opacity.value)});
    const smooth = make("input", {type: "checkbox", onchange: () => this.cover.classList.toggle("smooth", smooth.checked)});
    this.element = make("div", {class: "patches"}, this.caption, this.stage,
      make("div", {class: "options"}, make("label", {}, "Opacity ", opacity), make("label", {}, smooth, " Smooth"), this.front));
    this.blend(85);
  }

  blend(percentage) {
    this.cover.style.opacity = percentage / 100;
  }

  fill(view) {
    if (this.view === view) return;
    this.view = view;
    const {data: source, rows, columns, prefix} = view.image;
    this.photo.src = source.startsWith("data:image/") ? source : "data:,";
    this.stage.style.aspectRatio = `${columns} / ${rows}`;
    this.frame.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    const tokens = view.queries.slice(0, prefix);
    this.front.replaceChildren(...tokens.map((text, at) =>
      make("button", {type: "button", title: text, onclick: () => this.on.lock(at), onpointerenter: () => this.on.point(at), onpointerleave: () => this.on.point(null)}, cut(text))));
  }

  /** What is not read stays clear. `values` by position, colors up to the largest on the picture; `chosen` is the position that reads them. */
  color(values, isSigned, chosen, caption) {
    const {rows, columns, prefix} = this.view.image, {pixels} = colorsOf(isSigned);
    const seen = values.subarray(prefix, prefix + rows * columns), top = greatest(seen);
    this.caption.replaceChildren(...caption);
    this.cover.width = columns;
    this.cover.height = rows;
    const image = new ImageData(columns, rows), out = new Uint32Array(image.data.buffer);
    seen.forEach((value, k) => {
      const index = colorIndex(value, top, isSigned), strength = isSigned ? Math.abs(2 * index - 255) : index;
      out[k] = (pixels[index] & 0xffffff | strength << 24) >>> 0;
    });
    this.cover.getContext("2d").putImageData(image, 0, 0);
    this.frame.replaceChildren(...this.lines(rows, columns), ...this.mark(chosen - prefix, rows, columns));
  }

  lines(rows, columns) {
    if (this.drawn?.rows !== rows || this.drawn.columns !== columns) {
      const across = Array.from({length: rows - 1}, (_, r) => `M0 ${r + 1}h${columns}`), down = Array.from({length: columns - 1}, (_, c) => `M${c + 1} 0v${rows}`);
      const path = draw("path", {d: across.concat(down).join(""), stroke: "#fff", "stroke-opacity": 0.22, "stroke-width": 1, "vector-effect": "non-scaling-stroke"});
      this.drawn = {rows, columns, path};
    }
    return [this.drawn.path];
  }

  mark(k, rows, columns) {
    if (k < 0 || k >= rows * columns) return [];
    const place = {x: k % columns, y: Math.floor(k / columns), width: 1, height: 1, fill: "none", "vector-effect": "non-scaling-stroke"};
    return [draw("rect", {...place, stroke: "#000", "stroke-width": 4}), draw("rect", {...place, stroke: "#fff", "stroke-width": 2})];
  }

  positionAt(event) {
    const box = this.stage.getBoundingClientRect(), {rows, columns, prefix} = this.view.image;
    const row = Math.floor((event.clientY - box.top) / box.height * rows), column = Math.floor((event.clientX - box.left) / box.width * columns);
    return row >= 0 && row < rows && column >= 0 && column < columns ? prefix + row * columns + column : null;
  }
}
