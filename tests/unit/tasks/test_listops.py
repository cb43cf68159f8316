import pytest

from regard.core.errors import InvalidOption
from regard.core.spec import Spec
from regard.tasks.listops import Listops

SMALL = {"samples": 1_500, "held_out": 300}
VARIANTS = (
    Spec.of("listops", SMALL),
    Spec.of("listops", SMALL, depth=2, arguments=3, length=20, form="causal", data_seed=1),
)
REFUSED = (
    (Spec.of("listops", depth=0), "depth", "1 and 20", "0"),
    (Spec.of("listops", arguments=1), "arguments", "1"),
    (Spec.of("listops", length=2), "length", "2"),
    (Spec.of("listops", samples=10**7), "samples", "10,000,000"),
    (Spec.of("listops", length=4_096, samples=200_000, held_out=50_000), "300,000", "4,096", "Lower"),
    (Spec.of("listops", form="diagonal"), "form", "diagonal"),
)


def test_expressions_are_different_and_not_too_long():
    task = Listops(**SMALL)
    seen = [name for split in ("train", "validation", "test") for name in task.identities(task.split(split))]
    assert len(seen) == len(set(seen)) == 2_100
    assert max(len(name.split()) for name in seen) <= 60


def test_too_few_expressions_are_refused_when_they_are_asked_for():
    with pytest.raises(InvalidOption, match="different expressions were found"):
        Listops(length=5, samples=300, held_out=50).split("train")


def test_a_sample_shows_its_value():
    task = Listops(**SMALL)
    line = task.show(task.split("train"), 0)
    assert line.startswith(("[MIN", "[MAX", "[MED", "[SM"))
    assert line[-1].isdigit()
