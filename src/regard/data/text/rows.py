"""Texts in the rows of tables."""

from typing import Any

from regard.core.errors import Corrupt
from regard.data.text.files import MARK


def text_in(value: Any, where: str) -> str:
    """The text in a row, without a byte order mark. Raises `Corrupt` for any other value."""
    if value is None:
        raise Corrupt(f"{where} has no text: it is missing. Add it, or remove the row.")
    if not isinstance(value, str):
        message = f"{where} is no text, but a value of type {type(value).__name__}."
        raise Corrupt(f"{message} Name the column that holds texts.")
    return value.removeprefix(MARK)
