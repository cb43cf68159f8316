// From numbers to colors: matplotlib's tables, which Python has put into the data.

const SCALES = {
  linear: share => share,
  root: Math.sqrt,
  log: share => Math.max(0, 1 + Math.log10(share) / 4),
};
// paper is light
const dark = matchMedia("screen and (prefers-color-scheme: dark)");
const tables = {};

/** 256 colors, each as the four bytes of a pixel and as a style. */
function colorsOf(signed) {
  const scheme = dark.matches ? "dark" : "light", kind = signed ? "diverging" : "sequential";
  return (tables[scheme + kind] ??= unpackedColors(data.colors[scheme][kind]));
}

function unpackedColors(text) {
  const bytes = bytesOf(text), pixels = new Uint32Array(256), styles = [], ink = [];
  for (let k = 0; k < 256; k++) {
    const [red, green, blue] = bytes.subarray(3 * k, 3 * k + 3);
    pixels[k] = (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
    styles.push(`rgb(${red}, ${green}, ${blue})`);
    ink.push(0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#14191f" : "#ffffff");
  }
  return {pixels, styles, ink};
}

/** The place of a number in a table of colors whose end is `top`. */
function colorIndex(value, top, signed) {
  const size = top > 0 && value !== 0 ? Math.min(1, SCALES[state.scale](Math.abs(value) / top)) : 0;
  return Math.round(signed ? 127.5 + 127.5 * Math.sign(value) * size : 255 * size);
}

/** Draws a head, a pixel for an entry; what is hidden stays empty. `top` null: each row has its own. */
function paint(canvas, maps, head, top, hidden = null) {
  const {n, m, bytes, signed} = maps, {pixels} = colorsOf(signed);
  canvas.width = m;
  canvas.height = n;
  const image = new ImageData(m, n), out = new Uint32Array(image.data.buffer);
  const colorOf = limit => Uint32Array.from(maps.values[head], value => pixels[colorIndex(value, limit, signed)]);
  let colors = top === null ? null : colorOf(top);
  for (let i = 0, at = 0, from = head * n * m; i < n; i++) {
    if (top === null) colors = colorOf(largest(maps, head, hidden, i));
    for (let j = 0; j < m; j++, at++) if (!hidden?.[j]) out[at] = colors[bytes[from + at]];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** The colors from one end to the other, with the numbers that they stand for. */
function colorBar(top, isSigned) {
  const {styles} = colorsOf(isSigned), width = 160;
  const bars = Array.from({length: 64}, (_, k) =>
    draw("rect", {x: k * width / 64, width: width / 64 + 0.5, height: 8, fill: styles[Math.round(k * 255 / 63)]}));
  const ends = isSigned ? [-top, 0, top] : [0, top];
  const words = ends.map((end, k) => draw("text", {
    x: k * width / (ends.length - 1), y: 21, "font-size": 11, fill: "var(--muted)",
    "text-anchor": k === 0 ? "start" : k === ends.length - 1 ? "end" : "middle",
  }, top === null ? ["0", "each row's largest"][k] ?? "" : number(end)));
  return picture(width, 24, "Scale of colors", draw("g", {}, ...bars), draw("g", {}, ...words));
}
