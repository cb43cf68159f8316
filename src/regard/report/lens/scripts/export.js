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
  const head = draw("text", {x: 12, y: 24, "font-size": 15, "font-weight": 600, fill: "var(--ink)"}, cut(`${result.title}: ${by("large-title").textContent}`, 120));
  const size = {width: Math.max(x, 420), height: height + 108};
  const page = draw("svg", {xmlns: SVG, viewBox: `0 0 ${size.width} ${size.height}`, ...size, "font-family": "system-ui, DejaVu Sans, sans-serif"},
    draw("rect", {...size, fill: "var(--paper)"}), head, ...parts);
  return {text: withColors(new XMLSerializer().serializeToString(page)), ...size};
}

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

function saveSvg() {
  save(new Blob([viewAsSvg().text], {type: "image/svg+xml"}), "svg");
}

async function savePng() {
  const {text, width, height} = viewAsSvg(), image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = make("canvas", {width: SHARPNESS * width, height: SHARPNESS * height}), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob(blob => save(blob, "png"), "image/png");
}

function save(blob, kind) {
  const name = `${result.title}-${state.level}-layer-${state.layer}-head-${state.head}`.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 80);
  const link = make("a", {href: URL.createObjectURL(blob), download: `${name}.${kind}`});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
