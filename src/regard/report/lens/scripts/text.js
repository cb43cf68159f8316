// Words and numbers as people read them.

const NAMES = {"": "∅", "\n": "⏎", "\t": "⇥", " ": "␣"};
const LETTERS = new Intl.Segmenter(undefined, {granularity: "grapheme"});

/** A token that can be seen, of at most so many letters. An emoji is one letter. */
function cut(text, most = 18) {
  const seen = NAMES[text] ?? text.slice(0, 16 * most).replaceAll("\n", "⏎").replaceAll("\t", "⇥");
  if (seen.length <= most && text.length === seen.length) return seen;
  const letters = Array.from(LETTERS.segment(seen), part => part.segment);
  return letters.length > most || text.length > seen.length ? letters.slice(0, most - 1).join("") + "…" : seen;
}

/** A label where there is little room: patches by their numbers alone. */
const brief = (text, most) => cut(text.replace(/^row (\d+), column (\d+)$/, "$1·$2"), most);

/** The same inside a sentence or a picture: right-to-left text must not turn what stands beside it. */
const apart = text => `\u2068${text}\u2069`;

/** A token and its position: digits as tokens are not to be taken for positions. */
function placed(tokens, at, most) {
  if (tokens.size) return `positions ${tokens[at] ?? ""}`;
  return areNumbers(tokens) ? `position ${at}` : `${apart(cut(tokens[at] ?? "", most))} (${at})`;
}

/** Whether positions have no other names than their numbers, but for a class token in front. */
const areNumbers = tokens => tokens.every((text, at) => text === String(at) || (at === 0 && text === "class" && tokens.length > 1));

function number(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  const text = size === 0 ? "0" : size >= 1000 ? value.toFixed(0) : size >= 0.001 ? value.toPrecision(3) : value.toExponential(1);
  return text.replace("-", "−");
}

const percent = share => `${(100 * share).toFixed(1)}\u00a0%`.replace("-", "−");
const signed = value => (value > 0 ? "+" : "") + number(value);
const capital = text => text.charAt(0).toUpperCase() + text.slice(1);
const plainName = name => name.replaceAll("_", " ");
const meaning = name => data.words.metrics[plainName(name).toLowerCase()] ?? "";
