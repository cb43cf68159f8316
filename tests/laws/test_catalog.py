"""Every law, over the whole catalog of mechanisms."""

import pytest

from regard.attention.checking.regimes import DEEP
from regard.attention.laws import MECHANISM_LAWS, MechanismSubject, judge
from regard.judging import check_apart
from regard.kinds import kind_called
from regard.laws import Judgment
from regard.mechanisms import MECHANISMS

OPTIONS = [
    ("delta", {"negative_eigenvalues": True}),
    ("entmax", {"alpha": 2.0}),
    ("entmax", {"alpha": 1.3, "learned": True}),
    ("linformer", {"rank": 5}),
    ("local", {"window": 1}),
    ("nystrom", {"landmarks": 5}),
    ("performer", {"kernel": "relu", "features": 16}),
    ("top_k", {"keep": 3}),
]
"""Options far from the defaults, under which the laws hold as well."""

SLOWEST = ("delta", "entmax", "performer", "top_k")
"""Of the catalog; their options are tried in the long tests."""

FAR = [
    pytest.param(name, given, id=f"{name}-{given}", marks=pytest.mark.long if name in SLOWEST else ())
    for name, given in OPTIONS
]


@pytest.mark.parametrize("mechanism", MECHANISMS.names())
def test_every_mechanism_keeps_every_law(mechanism):
    assert broken(mechanism, {}) == []


@pytest.mark.long
@pytest.mark.parametrize("law", MECHANISM_LAWS.names())
@pytest.mark.parametrize("mechanism", MECHANISMS.names())
def test_every_mechanism_keeps_every_law_at_deep_sizes(mechanism, law):
    judgment = judge(MechanismSubject(MECHANISMS.find(mechanism), find=MECHANISMS.find, depth=DEEP), law)

    assert judgment.outcome != "broken", judgment


@pytest.mark.parametrize("mechanism, options", FAR)
def test_options_far_from_the_defaults_keep_every_law(mechanism, options):
    assert broken(mechanism, options) == []


def broken(mechanism: str, options: dict[str, object]) -> list[Judgment]:
    """The laws that it breaks, judged as `regard check` does: in another process, where shape annotations,
    which would double the time, are not executed.
    """
    judgments = [judgment for _, judgment in check_apart(kind_called("mechanism"), mechanism, options)]
    assert [judgment.law for judgment in judgments] == list(MECHANISM_LAWS.names())
    return [judgment for judgment in judgments if judgment.outcome == "broken"]
