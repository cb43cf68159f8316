"""What every mechanism must keep to: one law per file, and a judge that measures it.

for verdict in check(Softmax):
    print(verdict.law, verdict.outcome, verdict.figure)
"""

from regard.attention.conformance.law import Law
from regard.attention.conformance.matrix import law_matrix, support_matrix
from regard.attention.conformance.subject import Subject
from regard.attention.conformance.verdict import Verdict, check, judge, laws

__all__ = ["Law", "Subject", "Verdict", "check", "judge", "law_matrix", "laws", "support_matrix"]
