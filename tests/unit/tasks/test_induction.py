import torch

from regard.core.spec import Spec
from regard.data.samples import IGNORED
from regard.tasks.induction import Induction

SMALL = {"samples": 800, "held_out": 200}
VARIANTS = (
    Spec("induction"),
    Spec.of("induction", SMALL, form="masked", length=16, lengths=(20,), data_seed=1),
)
REFUSED = (
    (Spec.of("induction", vocabulary=1), "vocabulary", "1"),
    (Spec.of("induction", length=2), "length", "16", "2"),
    (Spec.of("induction", lengths=(32,)), "lengths", "32"),
    (Spec.of("induction", lengths=(10**9,)), "lengths", "1,000,000,000"),
    (Spec.of("induction", samples=10**6, length=1000, lengths=()), "tokens", "Lower"),
    (Spec.of("induction", vocabulary=2, length=16, samples=900_000, lengths=()), "too few", "Raise"),
    (Spec.of("induction", form="diagonal"), "form", "diagonal"),
)


def test_the_sign_stands_twice_and_the_answer_behind_the_first():
    task = Induction(**SMALL)
    for samples in (task.split("test"), task.beyond()["length 64"]):
        for row, targets in zip(samples.inputs.tolist(), samples.targets.tolist(), strict=True):
            first, last = (i for i, token in enumerate(row) if token == task.sign)
            assert last == len(row) - 1
            assert targets == [IGNORED] * last + [row[first + 1]]
            assert row[first + 1] != task.sign


def test_the_sign_stands_everywhere_alike():
    samples = Induction(vocabulary=8, length=18, lengths=()).split("train")
    places = (samples.inputs == 8).long().argmax(1).bincount(minlength=18) / len(samples)
    torch.testing.assert_close(places[:16], torch.full((16,), 1 / 16), atol=0.012, rtol=0)
    assert (places[16:] == 0).all()
