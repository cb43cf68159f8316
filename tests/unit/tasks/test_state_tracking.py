import pytest
import torch

from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.data.samples import IGNORED, Samples
from regard.tasks.state_tracking import StateTracking

SMALL = {"samples": 2_000, "held_out": 300, "lengths": (20, 40)}
VARIANTS = (
    Spec("state_tracking"),
    Spec.of("state_tracking", SMALL, group="A5", longest=6),
    Spec.of("state_tracking", SMALL, group="Z60", shortest=8, longest=8, data_seed=2),
    Spec.of("state_tracking", SMALL, group="A4xZ5", longest=6, form="masked", lengths=()),
    Spec.of("state_tracking", SMALL, group="S3", longest=9),
)
REFUSED = (
    (Spec.of("state_tracking", shortest=0), "shortest", "0"),
    (Spec.of("state_tracking", shortest=20), "shortest", "1 and 16", "20"),
    (Spec.of("state_tracking", longest=10**9), "longest", "1,000,000,000"),
    (Spec.of("state_tracking", lengths=(8,)), "lengths", "longer", "16", "8"),
    (Spec.of("state_tracking", lengths=(10**9,)), "lengths", "1,000,000,000"),
    (Spec.of("state_tracking", samples=0), "samples", "0"),
    (Spec.of("state_tracking", longest=6), "too few", "`longest`"),
    (Spec.of("state_tracking", group="S5", longest=16_000, lengths=()), "tokens", "Lower"),
    (Spec.of("state_tracking", form="diagonal"), "form", "diagonal"),
)


@pytest.fixture(scope="module")
def parity():
    return StateTracking(**SMALL)


def test_the_targets_of_z2_are_parity(parity):
    for name in ("train", "validation", "test"):
        samples = parity.split(name)
        given = samples.inputs != 2
        counts = samples.inputs.masked_fill(~given, 0).cumsum(1) % 2
        assert torch.equal(samples.targets, counts.masked_fill(~given, IGNORED))


def test_no_state_is_fed_back(parity):
    assert parity.fed_back(parity.split("train")) is None


def test_lengths_lie_between_the_shortest_and_the_longest_and_padding_behind(parity):
    given = parity.split("train").inputs != 2
    lengths = given.sum(1)
    assert (lengths.min(), lengths.max()) == (2, 16)
    assert torch.equal(given, torch.arange(16) < lengths.unsqueeze(1))


def test_of_the_few_short_sequences_each_split_has_its_share():
    task = StateTracking(samples=20_000, held_out=5_000)
    names = ("train", "validation", "test")
    lengths = [(task.split(name).inputs != 2).sum(1).bincount(minlength=17) for name in names]
    # all 2,044 sequences of 2 to 10 elements but a few occur, a sixth of them in each held-out split
    for held_out in lengths[1:]:
        assert 280 < held_out[:11].sum() < 400
        assert (held_out[6:] > 0).all()
    shares = [counts / counts.sum() for counts in lengths]
    torch.testing.assert_close(shares[0], shares[2], atol=0.02, rtol=0)


def test_the_sets_beyond_are_longer(parity):
    assert {name: s.inputs.shape for name, s in parity.beyond().items()} == {
        "length 20": (300, 20),
        "length 40": (300, 40),
    }
    assert parity.shape == Shape(TokenInput(3, 40, causal=True), TokenOutput(2))


def test_details_tell_sequences_last_states_and_the_scale():
    task = StateTracking(group="Z2", longest=14, **SMALL)
    inputs = torch.tensor([[1, 0, 1, 1], [1, 1, 2, 2], [0, 1, 0, 2]])
    samples = Samples(inputs, task.solve(Samples(inputs, torch.zeros_like(inputs))))

    def all_but_the_third(given, keys=None):
        said = samples.targets.clamp_min(0).clone()
        said[:, 2] = 1 - said[:, 2]
        return torch.nn.functional.one_hot(said, 2).float()

    details = task.details(all_but_the_third, samples)
    assert details["sequence"].tolist() == [0, 1, 0]
    assert details["final"].tolist() == [1, 1, 0]
    assert details["scaled"].tolist() == pytest.approx([0.5, 1, 1 / 3])
    assert details["scaled later"].isnan().all()


def test_states_behind_the_trained_length_have_a_figure_of_their_own(parity):
    samples = parity.beyond()["length 20"]

    def forgetting(given, keys=None):
        said = samples.targets.clone()
        said[:, 16:18] = 1 - said[:, 16:18]
        return torch.nn.functional.one_hot(said, 2).float()

    assert (parity.details(forgetting, samples)["scaled later"] == 0).all()


def test_a_sample_shows_elements_and_states():
    task = StateTracking(group="S3", longest=8, **SMALL)
    places = {label: i for i, label in enumerate(task.group.labels)}
    inputs = torch.tensor([[places["(1 2)"], places["(2 3)"], 6]])
    samples = Samples(inputs, task.solve(Samples(inputs, torch.zeros_like(inputs))))
    assert task.show(samples, 0) == "(1 2) (2 3) -> (1 2) (1 3 2)"
