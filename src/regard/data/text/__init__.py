"""Text: where it comes from, and as tokens, words of a vocabulary or bytes; a task to tell its class."""

from regard.data.text.classification import TextClassification
from regard.data.text.collection import TextCollection, TextContents
from regard.data.text.encoding import PADDING, UNKNOWN, Bytes, Pieces, Words, rows_of
from regard.data.text.files import TEXTS, content_of_texts, text_of, texts_in, topics
from regard.data.text.lines import one_line, without_repeats
from regard.data.text.review_files import reviews_in
from regard.data.text.rows import text_in
from regard.data.text.runs import Sharing, repeating, run_hashes
from regard.data.text.settings import TextSettings, idle_at
from regard.data.text.standard_library import standard_library
from regard.data.text.words import split_words

__all__ = [
    "PADDING",
    "TEXTS",
    "UNKNOWN",
    "Bytes",
    "Pieces",
    "Sharing",
    "TextClassification",
    "TextCollection",
    "TextContents",
    "TextSettings",
    "Words",
    "content_of_texts",
    "idle_at",
    "one_line",
    "repeating",
    "reviews_in",
    "rows_of",
    "run_hashes",
    "split_words",
    "standard_library",
    "text_in",
    "text_of",
    "texts_in",
    "topics",
    "without_repeats",
]
