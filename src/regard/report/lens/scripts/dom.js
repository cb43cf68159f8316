// Elements. Children that are strings become text and never HTML: whatever a model or its data say is shown, not run.

const SVG = "http://www.w3.org/2000/svg";
const by = id => document.getElementById(id);

function make(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function draw(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Attributes that begin with `on` are listeners; those without a value are left out, and `aria-` ones are words. */
function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key.startsWith("aria-")) element.setAttribute(key, String(value));
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

/** A picture that says in words what it shows. */
function picture(width, height, label, ...children) {
  return draw("svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label}, ...children);
}

/** One function call per frame, however often it is asked for. */
function onceAFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; work(); });
  };
}

/** Calls `work` when an element first comes near the window, or when there is nothing else to do: so that what is printed is whole. */
const nearby = new IntersectionObserver(entries => {
  for (const {isIntersecting, target} of entries) if (isIntersecting) drawn(target);
}, {rootMargin: "300px"});
const waiting = new Set();

function whenNear(element, work) {
  element.whenNear = work;
  waiting.add(element);
  nearby.unobserve(element);
  nearby.observe(element);
  drawSoon();
}

/** What has left the page meanwhile is forgotten. Returns whether there was something to draw. */
function drawn(element) {
  nearby.unobserve(element);
  const wanted = waiting.delete(element) && element.isConnected;
  if (wanted) element.whenNear();
  return wanted;
}

/** One after another: the next one waits until the page is idle again. */
const drawSoon = (() => {
  let asked = false;
  const next = () => {
    asked = false;
    for (const element of waiting) if (drawn(element)) break;
    if (waiting.size) drawSoon();
  };
  return () => {
    if (asked || !globalThis.requestIdleCallback) return;
    asked = true;
    requestIdleCallback(next, {timeout: 300});
  };
})();

addEventListener("beforeprint", () => [...waiting].forEach(drawn));
