"""The engine of laws: what a law is, how a subject is judged by it, and tables of verdicts.

A law is a sentence, a measure and a limit. The engine knows no subject: mechanisms are judged by
`regard.attention.laws`, and any other kind of part by a folder of laws of its own.
"""

from regard.laws.catalog import Laws
from regard.laws.law import ROUNDING, Case, Law, Subject
from regard.laws.matrix import law_matrix, support_matrix
from regard.laws.verdict import Verdict, judge

__all__ = [
    "ROUNDING",
    "Case",
    "Law",
    "Laws",
    "Subject",
    "Verdict",
    "judge",
    "law_matrix",
    "support_matrix",
]
