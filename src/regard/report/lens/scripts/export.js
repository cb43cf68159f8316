// The present view as a file: vectors with the maps as pixels in them, or pixels alone.

const SHARPNESS = 2;

/** The large maps side by side with titles, labels and scales of colors, as one SVG. */
function viewAsSvg() {
  const panels = heatMaps.filter(panel => panel.shown && !panel.element.hidden);
  let x = 12, height = 0;
  const parts = panels.map(panel => {
    const part = draw("g", {transform: `translate(${x} 58)`}, title(panel.title.textContent), ...pixels(panel), frameOf(panel), barOf(panel));
    x += Math.max(panel.whole.x, 200) + 24;
    height = Math.max(height, panel.whole.y);
    return part;
  });
  const head = heading(cut(`${result.title}: ${by("large-title").textContent}`, 120));
  return svgFile({width: Math.max(x, 420), height: height + 108}, head, ...parts);
}

/** The lines across layers as one SVG. */
function flowAsSvg() {
  const drawing = by("layers").firstElementChild, {width, height} = drawing.viewBox.baseVal;
  const words = `${cut(result.title, 60)}: ${by("carried").selectedOptions[0].textContent}, ${state.level}, ${by("threshold").textContent}`;
  const lines = draw("g", {transform: "translate(8 44)", fill: "none"}, ...Array.from(drawing.childNodes, node => node.cloneNode(true)));
  return svgFile({width: width + 16, height: height + 56}, heading(words), lines);
}

function svgFile(size, ...parts) {
  const page = draw("svg", {xmlns: SVG, viewBox: `0 0 ${size.width} ${size.height}`, ...size, "font-family": "system-ui, DejaVu Sans, sans-serif"},
    draw("rect", {...size, fill: "var(--paper)"}), ...parts);
  return {text: withColors(new XMLSerializer().serializeToString(page)), ...size};
}

const heading = text => draw("text", {x: 12, y: 24, "font-size": 15, "font-weight": 600, fill: "var(--ink)"}, text);

const title = text => draw("text", {y: -10, "font-size": 12, fill: "var(--muted)"}, text);

/** A canvas as a picture of its size on the page, each entry a whole number of pixels wide. */
function pixels(panel) {
  const {gutter, size} = panel;
  const places = [[panel.canvas, gutter, size.x], ...(panel.left ? [[panel.rest, gutter + size.x + 8, 16]] : [])];
  return places.map(([canvas, x, width]) => {
    const times = Math.max(1, Math.ceil(SHARPNESS * width / canvas.width), Math.ceil(SHARPNESS * size.y / canvas.height));
    const large = make("canvas", {width: canvas.width * Math.min(times, 24), height: canvas.height * Math.min(times, 24)}), context = large.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, 0, 0, large.width, large.height);
    return draw("image", {x, y: 1, width, height: size.y, preserveAspectRatio: "none", href: large.toDataURL("image/png"), style: "image-rendering: pixelated"});
  });
}

const frameOf = panel => draw("g", {}, ...Array.from(panel.frame.childNodes, node => node.cloneNode(true)));

function barOf(panel) {
  const bar = panel.bar.firstElementChild;
  return draw("g", {transform: `translate(${panel.gutter} ${panel.whole.y + 10})`}, ...Array.from(bar.childNodes, node => node.cloneNode(true)));
}

/** The page's variables as the colors that they are now. */
function withColors(text) {
  const style = getComputedStyle(document.documentElement);
  return text.replace(/var\((--\w+)\)/g, (_, name) => style.getPropertyValue(name).trim());
}

function saveSvg(what, {text}) {
  save(new Blob([text], {type: "image/svg+xml"}), what, "svg");
}

async function savePng(what, {text, width, height}) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = make("canvas", {width: SHARPNESS * width, height: SHARPNESS * height}), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(blob => save(blob, what, "png"), "image/png");
}

function save(blob, what, kind) {
  const name = `${result.title}-${state.level}-${what}`.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 80);
  const link = make("a", {href: URL.createObjectURL(blob), download: `${name}.${kind}`});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
