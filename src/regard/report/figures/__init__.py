"""One figure per file; each is drawn once and serves as PNG, as SVG and, in panels, on the page."""
