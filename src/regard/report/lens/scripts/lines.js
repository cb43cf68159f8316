// What one position reads, as lines to what it reads and as a table of numbers.

const MOST_LINES = 20;
const LINE = {height: 24, start: 62, width: 112};

/** `reading`: the numbers, the tokens that they belong to, where they start, and what is left over. */
function readingTable({values, tokens, from, rest, isSigned, along}) {
  const top = greatest(values) || 1;
  const most = strongest(values).sort((a, b) => a - b);
  const named = !tokens.size && !areNumbers(tokens);
  const rows = most.map(at => ({at: named ? String(at) : "", text: tokens[at], value: values[at]}));
  if (rest > 0.0005) rows.push({at: "", text: "nothing", value: rest});
  const height = LINE.height * rows.length;
  const fan = picture(LINE.width, height, "Lines to what is listed beside them",
    ...rows.map((row, k) => fanLine(row.value, top, height / 2, (k + 0.5) * LINE.height)),
    draw("text", {x: 0, y: height / 2 + 4, "font-size": 12, fill: "var(--ink)"}, apart(brief(from, 9)), draw("title", {}, from)));
  fan.setAttribute("class", "fan");
  const table = make("table", {class: "read", "aria-label": `What ${along === "row" ? "is read" : "reads"}, the ${rows.length} largest by position`},
    make("tbody", {}, rows.map(row => readRow(row, top))));
  return make("div", {class: "reading"}, fan, table, isSigned ? make("p", {class: "minor"}, "Dashed: below 0.") : null);
}

function strongest(values) {
  const order = Array.from(values.keys()).filter(at => values[at] !== 0);
  return order.sort((a, b) => Math.abs(values[b]) - Math.abs(values[a])).slice(0, MOST_LINES);
}

function fanLine(value, top, from, to) {
  const share = Math.min(1, Math.abs(value) / top), {start, width} = LINE, middle = (start + width) / 2;
  return draw("path", {
    d: `M${start} ${from}C${middle} ${from} ${middle} ${to} ${width} ${to}`, fill: "none",
    stroke: value < 0 ? "var(--c1)" : "var(--accent)", "stroke-width": (0.6 + 5 * share).toFixed(2), "stroke-opacity": (0.25 + 0.65 * share).toFixed(2),
    "stroke-dasharray": value < 0 ? "4 3" : null,
  });
}

function readRow({at, text, value}, top) {
  const width = Math.min(100, 100 * Math.abs(value) / top);
  return make("tr", {},
    at ? make("td", {class: "at"}, at) : null,
    make("th", {scope: "row", colspan: at ? null : 2, title: text, dir: "auto"}, brief(text, 12)),
    make("td", {}, number(value)),
    make("td", {class: "gauge", "aria-hidden": true}, make("i", {style: `width: ${width.toFixed(1)}%`, class: value < 0 ? "below" : null})));
}
