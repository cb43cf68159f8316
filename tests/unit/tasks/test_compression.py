import torch

from regard.core.shapes import BottleneckOutput
from regard.core.spec import Spec
from regard.data.samples import IGNORED
from regard.tasks.compression import Compression

SMALL = {"samples": 300, "held_out": 100}
VARIANTS = (
    Spec("compression"),
    Spec.of("compression", SMALL, vocabulary=4, length=9, form="masked", data_seed=1),
)
REFUSED = (
    (Spec.of("compression", vocabulary=1), "vocabulary", "1"),
    (Spec.of("compression", length=1), "length", "1"),
    (Spec.of("compression", samples=10**6, length=10_000), "tokens", "Lower"),
    (Spec.of("compression", vocabulary=2, length=8), "too few", "Raise"),
    (Spec.of("compression", form="diagonal"), "form", "diagonal"),
)


def test_every_token_is_asked_for_at_its_place_but_the_sign():
    task = Compression(**SMALL)
    samples = task.split("train")
    assert torch.equal(samples.inputs[:, :-1], samples.targets[:, :-1])
    assert (samples.inputs[:, -1] == task.sign).all()
    assert (samples.targets[:, -1] == IGNORED).all()


def test_the_model_has_to_read_the_last_vector_alone():
    assert Compression(**SMALL).shape.output == BottleneckOutput(16, 32)
