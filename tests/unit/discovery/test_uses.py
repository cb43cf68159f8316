"""Each use of a mask is tried, and a graph that lacks it shows the difference."""

import functools

import pytest

from regard.discovery.emission.plan import Plan
from regard.discovery.emission.probe import drawn, parameters
from regard.discovery.emission.uses import LENGTH, USES, Trial
from regard.discovery.language.facts import PARTS, names
from regard.discovery.language.terms import term
from regard.discovery.library import known

Q, K, V = term("q"), term("k"), term("v")
SCORES = term("dot", Q, K)
OVER_QUERIES = term("mix", term("column_softmax", SCORES), V)
MEMORY = term("read", Q, term("write", K, V))
PLACED = term("times_cosine", term("mix", term("softmax", SCORES), V))

TWICE = term("mix", term("column_normalize", term("softmax", SCORES)), V)
"""A column holds shares of rows that have read other keys."""

CONVOLVED = term("mix", term("softmax", term("convolutional", Q, K)), V)

LACKING = {
    "causal": OVER_QUERIES,
    "edges": MEMORY,
    "dense": MEMORY,
    "table": CONVOLVED,
    "window": MEMORY,
    "segments": PLACED,
    "cross": OVER_QUERIES,
    "start": OVER_QUERIES,
    "streaming": OVER_QUERIES,
}


def differing(use, output):
    plan = Plan(output)
    run = functools.partial(plan.run, parameters=parameters(plan))
    one, other = USES[use](Trial(run, drawn(LENGTH), drawn(LENGTH, seed=1)))
    return float((one - other).abs().amax())


def test_every_use_is_tried_but_a_bias_that_is_finite():
    assert set(PARTS) - set(USES) == {"slopes"}
    # a reading hides what is not real itself: no operation sees it
    assert set(USES) - set(LACKING) == {"padding"}


def test_columns_of_rows_read_beyond_a_window():
    assert "window" not in names(TWICE.facts.honors, PARTS)
    assert differing("window", TWICE) > 1e-3


@pytest.mark.parametrize("use", LACKING)
def test_who_lacks_a_use_is_seen_to_lack_it(use):
    output = LACKING[use]
    assert use not in names(output.facts.honors, PARTS)
    assert differing(use, output) > 1e-3


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ["softmax", "sink", "linear", "gated_linear"])
def test_who_has_a_use_is_not_accused(name, use):
    output = known()[name].output
    if use in names(output.facts.honors, PARTS):
        assert differing(use, output) < 1e-12
