"""Text: where it comes from, and as tokens, words of a vocabulary or bytes."""

from regard.data.text.encoding import PADDING, UNKNOWN, Bytes, Pieces, Words, rows_of
from regard.data.text.files import content_of_texts, text_of, texts_in, topics
from regard.data.text.lines import one_line, without_repeats
from regard.data.text.review_files import ReviewFiles
from regard.data.text.review_rows import ReviewRows
from regard.data.text.reviews import Reviews
from regard.data.text.runs import Sharing, repeating, run_hashes
from regard.data.text.standard_library import standard_library
from regard.data.text.words import split_words

__all__ = [
    "PADDING",
    "UNKNOWN",
    "Bytes",
    "Pieces",
    "ReviewFiles",
    "ReviewRows",
    "Reviews",
    "Sharing",
    "Words",
    "content_of_texts",
    "one_line",
    "repeating",
    "rows_of",
    "run_hashes",
    "split_words",
    "standard_library",
    "text_of",
    "texts_in",
    "topics",
    "without_repeats",
]
