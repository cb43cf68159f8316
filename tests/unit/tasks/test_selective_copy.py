import torch

from regard.core.spec import Spec
from regard.data.samples import IGNORED
from regard.tasks.selective_copy import SelectiveCopy

SMALL = {"samples": 800, "held_out": 200}
VARIANTS = (
    Spec("selective_copy"),
    Spec.of("selective_copy", SMALL, form="masked", vocabulary=5, length=20, tokens=4, data_seed=1),
)
REFUSED = (
    (Spec.of("selective_copy", vocabulary=1), "vocabulary", "1"),
    (Spec.of("selective_copy", tokens=0), "tokens", "0"),
    (Spec.of("selective_copy", tokens=30), "at least 90", "`length`"),
    (Spec.of("selective_copy", samples=10**6, length=10_000), "tokens", "Lower"),
    (Spec.of("selective_copy", vocabulary=2, tokens=1, length=3), "too few", "Raise"),
    (Spec.of("selective_copy", form="diagonal"), "form", "diagonal"),
)


def test_the_slots_ask_for_the_tokens_in_their_order():
    task = SelectiveCopy(**SMALL)
    samples = task.split("train")
    for row, targets in zip(samples.inputs.tolist(), samples.targets.tolist(), strict=True):
        assert row[-8:] == [task.slot] * 8
        assert targets == [IGNORED] * 56 + [token for token in row[:-8] if token != task.blank]


def test_tokens_stand_everywhere_alike():
    task = SelectiveCopy()
    places = (task.split("train").inputs[:, :-8] != task.blank).double().mean(0)
    torch.testing.assert_close(places, torch.full((56,), 8 / 56).double(), atol=0.015, rtol=0)


def test_a_sample_shows_blanks_and_slots():
    task = SelectiveCopy(vocabulary=5, length=8, tokens=2, samples=20, held_out=2)
    line = task.show(task.split("train"), 0)
    assert line.count(".") == 4
    assert line.count("?") == 2
