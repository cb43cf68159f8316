"""Every law, over the whole catalog of mechanisms."""

from types import MappingProxyType

import pytest
from judged_apart import broken

from regard.attention.checking.regimes import DEEP, QUICK
from regard.attention.laws import MECHANISM_LAWS, MechanismSubject
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
    assert broken(MECHANISM_LAWS, subject_of(mechanism)) == []


@pytest.mark.long
@pytest.mark.parametrize("law", MECHANISM_LAWS.names())
@pytest.mark.parametrize("mechanism", MECHANISMS.names())
def test_every_mechanism_keeps_every_law_at_deep_sizes(mechanism, law):
    assert broken(MECHANISM_LAWS, subject_of(mechanism, depth=DEEP), [law]) == []


@pytest.mark.parametrize("mechanism, options", FAR)
def test_options_far_from_the_defaults_keep_every_law(mechanism, options):
    assert broken(MECHANISM_LAWS, subject_of(mechanism, options)) == []


def subject_of(mechanism, options=MappingProxyType({}), depth=QUICK):
    return MechanismSubject(MECHANISMS.find(mechanism), dict(options), find=MECHANISMS.find, depth=depth)
