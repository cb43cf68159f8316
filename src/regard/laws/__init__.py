"""The engine of laws: what a law is, how a subject is judged by it, and tables of judgments.

A law is a sentence, a measure and a limit. The engine knows no subject: mechanisms are judged by
`regard.attention.laws`, and any other kind of part by a folder of laws of its own.
"""

from regard.laws.catalog import Laws
from regard.laws.judgment import Judgment, judge
from regard.laws.law import ROUNDING, Case, Law, Subject
from regard.laws.tables import law_table, support_matrix

__all__ = [
    "ROUNDING",
    "Case",
    "Judgment",
    "Law",
    "Laws",
    "Subject",
    "judge",
    "law_table",
    "support_matrix",
]
