"""The laws of a mechanism: one per file, independent of one another.

for judgment in MECHANISM_LAWS.check(MechanismSubject(Softmax)):
    print(judgment.law, judgment.outcome, judgment.figure)
"""

from regard.attention.checking import MechanismSubject
from regard.laws import Judgment, Laws

MECHANISM_LAWS: Laws[MechanismSubject] = Laws("mechanism", __name__)


def judge(subject: MechanismSubject, name: str) -> Judgment:
    """Judge a mechanism by one law. Raises `UnknownName` if there is no such law."""
    return MECHANISM_LAWS.judge(subject, name)


__all__ = ["MECHANISM_LAWS", "MechanismSubject", "judge"]
