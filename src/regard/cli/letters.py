"""Letters that a terminal, a pipe or a file cannot show, as others that it can."""

import codecs
import io
import sys
import unicodedata
from collections.abc import Mapping

ALIKE: Mapping[str, str] = {
    "·": ".", "…": ".", "–": "-", "—": "-", "−": "-", "×": "x", "±": "+-", "≈": "~", "≤": "<=", "≥": ">=",
    "‘": "'", "’": "'", "“": '"', "”": '"', "→": "->", "█": "#", "▀": "#",
}  # fmt: skip
"""Signs of ours, and what stands for them."""


def show_all_letters() -> None:
    """Let standard output and standard error replace what their encoding lacks, instead of raising."""
    codecs.register_error("regard.replace", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="regard.replace")


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(map(_alike, missing)), error.end


def _alike(letter: str) -> str:
    """ASCII that resembles a letter: its sign in the table, or itself without accents, or a question mark."""
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return ALIKE.get(letter) or plain[:1] or "?"
