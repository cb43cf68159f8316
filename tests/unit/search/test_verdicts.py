"""What fresh seeds say of a candidate, in words."""

import pytest

from regard.core.results.search_benchmark import Against, SearchBenchmark


def against(task: str, difference: float | None, p: float | None, rival: str = "softmax") -> Against:
    return Against(
        task=task,
        rival=rival,
        candidate_mean=0.5,
        rival_mean=0.5,
        difference=difference,
        pairs=10,
        p=p,
        p_holm=p,
    )


def conclusion(*judged: Against) -> str:
    return SearchBenchmark(
        digest="d",
        candidate=7,
        label="",
        nearest="sink",
        edits=1,
        most_alike="sink",
        likeness=1,
        first_seed=1000,
        seeds=10,
        judged=judged,
    ).conclusion


@pytest.mark.parametrize(
    ("difference", "p", "verdict"),
    [
        (0.1, 0.01, "better"),
        (-0.1, 0.01, "worse"),
        (0.1, 0.05, "no difference shown"),
        (None, None, "not judged"),
    ],
)
def test_a_difference_counts_where_its_corrected_p_is_small(difference, p, verdict) -> None:
    assert against("recall", difference, p).verdict == verdict


def test_what_is_better_somewhere_and_worse_elsewhere_is_not_confirmed() -> None:
    better, worse = against("recall", 0.1, 0.01), against("copy", -0.1, 0.01)
    assert conclusion(better) == (
        "Fresh seeds confirm that candidate number 7 is better than softmax: better on recall."
    )
    assert conclusion(better, worse).startswith("Fresh seeds do not confirm that candidate number 7 ")
    assert conclusion(better, worse).endswith("better on recall; worse on copy.")


def test_only_softmax_decides() -> None:
    found = conclusion(against("recall", 0.1, 0.01, "sink"), against("recall", 0.0, 0.9))
    assert found == (
        "Fresh seeds do not confirm that candidate number 7 is better than softmax: no difference shown on "
        "recall."
    )
