// Tokens in a line, colored by what a query reads of them or by who reads a key.

const MOST_TOKENS = 2048;

class TokenStrip {
  constructor(label, on) {
    this.on = on;
    this.spans = [];
    this.caption = make("p", {class: "minor caption"});
    this.line = make("div", {
      class: "tokens", role: "list", "aria-label": label,
      onpointerover: event => this.heard(event, on.point), onclick: event => this.heard(event, on.lock),
      onpointerleave: () => on.point(null),
    });
    this.element = make("div", {class: "strip"}, this.caption, this.line);
  }

  heard(event, tell) {
    const at = event.target.dataset?.at;
    if (at !== undefined) tell(Number(at));
  }

  /** Fills the line; the same tokens stay as they are. */
  fill(tokens) {
    if (this.tokens === tokens) return;
    this.tokens = tokens;
    this.spans = tokens.slice(0, MOST_TOKENS).map((text, at) =>
      make("span", {role: "listitem", "data-at": at, title: `${at} ${text}`, dir: "auto"}, cut(text)));
    this.line.replaceChildren(...this.spans);
  }

  /** Colors by numbers up to the largest of them; a null leaves the tokens plain. */
  color(values, isSigned, chosen, caption) {
    this.caption.replaceChildren(...caption);
    const {styles, ink} = colorsOf(isSigned), top = values ? greatest(values) : 0;
    this.spans.forEach((span, at) => {
      const index = values ? colorIndex(values[at], top, isSigned) : -1;
      span.style.background = index < 0 ? "" : styles[index];
      span.style.color = index < 0 ? "" : ink[index];
      span.classList.toggle("chosen", at === chosen);
    });
  }
}

const greatest = values => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
