"""Lines and paragraphs."""

import re

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Line breaks of every kind are among them."""
BLANK_LINES = re.compile(r"\n\s*\n")


def one_line(text: str) -> str:
    """The text with a space in place of every control character."""
    return CONTROL.sub(" ", text)


def without_repeats(text: str) -> str:
    """The text without paragraphs that occurred before."""
    return "\n\n".join(dict.fromkeys(BLANK_LINES.split(text)))
