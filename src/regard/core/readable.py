"""Text that every reader can show: a page, a terminal, a CSV file."""

from contextlib import suppress


def readable(text: str) -> str:
    """The text with a space for every character that cannot be shown: control characters, lone surrogates,
    and marks that turn the direction of the line around. A path is shown as the text that its bytes are."""
    with suppress(UnicodeEncodeError):  # surrogates that stand for no byte
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)
