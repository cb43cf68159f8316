"""Text that every reader can show: a page, a terminal, a CSV file."""


def readable(text: str) -> str:
    """The text with a space for every character that cannot be shown: control characters, lone surrogates,
    and marks that turn the direction of the line around."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
