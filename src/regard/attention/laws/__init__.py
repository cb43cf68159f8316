"""The laws of a mechanism: one per file, strangers to one another.

for verdict in MECHANISM_LAWS.check(Subject(Softmax)):
    print(verdict.law, verdict.outcome, verdict.figure)
"""

from regard.attention.trial import Subject
from regard.laws import Laws, Verdict

MECHANISM_LAWS: Laws[Subject] = Laws("mechanism", __name__)


def judge(subject: Subject, name: str) -> Verdict:
    """Judge a mechanism by one law. Raises `UnknownName` if there is no such law."""
    return MECHANISM_LAWS.judge(subject, name)


__all__ = ["MECHANISM_LAWS", "Subject", "judge"]
