import pytest
import torch

from regard.core.spec import Spec
from regard.data.samples import IGNORED, Samples
from regard.tasks.recall import Recall

VARIANTS = (
    Spec("recall"),
    Spec.of("recall", vocabulary=33, pairs=3, length=21, power=1.0, samples=200, held_out=50),
    Spec.of("recall", form="masked", samples=800, held_out=200, data_seed=1),
)
REFUSED = (
    (Spec.of("recall", length=1), "16 tokens", "length is 1", "`length`"),
    (Spec.of("recall", pairs=40), "40 pairs", "at least 160 tokens", "length is 64", "`pairs`"),
    (Spec.of("recall", pairs=0), "pairs", "at least 1", "0"),
    (Spec.of("recall", pairs=-3), "pairs", "-3"),
    (Spec.of("recall", vocabulary=7), "at least 8", "7", "`vocabulary`"),
    (Spec.of("recall", vocabulary=-2), "-2", "`vocabulary`"),
    (Spec.of("recall", vocabulary=8), "too few", "22,000", "`vocabulary`"),
    (Spec.of("recall", samples=0), "samples", "at least 1"),
    (Spec.of("recall", held_out=0), "held_out", "at least 1"),
    (Spec.of("recall", power=0.0), "power", "0"),
    (Spec.of("recall", length=10**9), "1,000,000,000", "`length`"),
    (Spec.of("recall", form="diagonal"), "form", "diagonal"),
    (Spec.of("recall", vocabulary=10**9), "vocabulary", "1,000,000,000"),
)


@pytest.fixture(scope="module")
def recall():
    return Recall(vocabulary=64, pairs=3, length=31, samples=2000, held_out=100)


@pytest.fixture(scope="module")
def samples(recall):
    return recall.split("train")


def test_sequences_begin_with_different_keys_and_different_values(samples):
    keys, values = samples.inputs[:, 0:6:2], samples.inputs[:, 1:6:2]
    assert keys.max() < 32 <= values.min()
    assert all(len(set(row)) == 3 for row in keys.tolist())
    assert all(len(set(row)) == 3 for row in values.tolist())


def test_each_key_comes_once_more_and_only_there_its_value_is_asked_for(samples):
    for row, targets in zip(samples.inputs.tolist(), samples.targets.tolist(), strict=True):
        value_of = dict(zip(row[0:6:2], row[1:6:2], strict=True))
        asked = {row[i]: target for i, target in enumerate(targets) if target != IGNORED}
        assert asked == value_of
        assert all(row[6:].count(key) == 1 for key in value_of)


def test_queries_stand_at_even_places_after_the_pairs(samples):
    places = (samples.targets != IGNORED).nonzero()[:, 1]
    assert set(places.tolist()) == set(range(6, 30, 2))


def test_all_tokens_but_the_keys_of_a_sequence_fill_the_rest_evenly(samples):
    between = samples.inputs[:, 7::2].flatten()
    counts = between.bincount(minlength=64) / len(between)
    assert (counts > 0).all()
    # a key is missing from the sequences in which it is one of 3 out of 32
    expected = torch.cat([torch.full((32,), 29 / 32), torch.ones(32)]) / 61
    torch.testing.assert_close(counts, expected, atol=0.004, rtol=0)


@pytest.mark.parametrize("power", [0.01, 1.0, 2.0])
def test_the_nearest_query_follows_the_power_law(power):
    samples = Recall(vocabulary=64, pairs=1, length=22, power=power, samples=400, held_out=1).split("train")
    places = ((samples.targets != IGNORED).nonzero()[:, 1] - 2) // 2
    weights = torch.arange(1, 11) ** (power - 1)
    torch.testing.assert_close(
        places.bincount(minlength=10) / 400, weights / weights.sum(), atol=0.09, rtol=0
    )


def test_no_problem_comes_twice_even_where_few_exist():
    # 7 keys and 7 values make 49 problems, of which 24 are asked for
    task = Recall(vocabulary=14, pairs=1, length=8, samples=20, held_out=2)
    names = [name for split in ("train", "validation", "test") for name in task.identities(task.split(split))]
    assert len(names) == len(set(names)) == 24


def test_splits_have_the_sizes_asked_for(recall):
    assert [len(recall.split(name)) for name in ("train", "validation", "test")] == [2000, 100, 100]


def test_a_set_of_pairs_in_another_order_is_the_same_problem(recall, samples):
    swapped = samples.inputs[:5].clone()
    swapped[:, [0, 1, 2, 3]] = swapped[:, [2, 3, 0, 1]]
    assert recall.identities(Samples(swapped, samples.targets[:5])) == recall.identities(samples[:5])


def test_the_fewest_and_the_most_pairs_for_a_length_work():
    for pairs in (1, 4):
        task = Recall(vocabulary=200, pairs=pairs, length=16, samples=50, held_out=5)
        assert torch.equal(task.solve(task.split("train")), task.split("train").targets)


def test_a_sample_shows_its_pairs_and_its_questions():
    task = Recall(vocabulary=20, pairs=2, length=9, samples=1, held_out=1)
    inputs = torch.tensor([[3, 12, 5, 17, 5, 9, 3, 0, 11]])
    targets = torch.full_like(inputs, IGNORED)
    targets[0, 4], targets[0, 6] = 17, 12
    assert task.show(Samples(inputs, targets), 0) == "3:12 5:17; 5 at 4 is 17, 3 at 6 is 12"


def test_both_forms_have_the_same_samples_and_only_one_is_causal():
    causal, masked = (Recall(form=form, samples=50, held_out=5) for form in ("causal", "masked"))
    assert torch.equal(causal.split("test").inputs, masked.split("test").inputs)
    assert torch.equal(causal.split("test").targets, masked.split("test").targets)
    assert (causal.shape.input.causal, masked.shape.input.causal) == (True, False)
    assert causal.shape == Recall().shape
