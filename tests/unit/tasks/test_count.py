from regard.core.spec import Spec
from regard.tasks.count import Count

VARIANTS = (
    Spec("count"),
    Spec.of("count", form="masked", largest=20, longest=8, data_seed=1),
)
REFUSED = (
    (Spec.of("count", largest=2), "largest", "10 and 1,000", "2"),
    (Spec.of("count", longest=1), "longest", "1"),
    (Spec.of("count", longest=100), "longest", "2 and 63", "100"),
    (Spec.of("count", largest=1_000, longest=1_000), "501,501", "Lower `largest`"),
    (Spec.of("count", form="diagonal"), "form", "diagonal"),
)


def test_every_range_is_there_once_and_the_long_ones_beyond():
    task = Count(largest=20, longest=8)
    seen = [
        (row[0], row[1], [token for token in targets if 0 <= token <= 20])
        for samples in (
            *(task.split(name) for name in ("train", "validation", "test")),
            task.beyond()["longer"],
        )
        for row, targets in zip(samples.inputs.tolist(), samples.targets.tolist(), strict=True)
    ]
    assert all(answer == list(range(first, last + 1)) for first, last, answer in seen)
    assert sorted((first, last) for first, last, _ in seen) == [
        (i, j) for i in range(21) for j in range(i, 21)
    ]
    longest = max(len(answer) for first, last, answer in seen[: -len(task.beyond()["longer"])])
    assert longest == 8
    assert len(task.split("train")) / (len(seen) - len(task.beyond()["longer"])) > 0.79


def test_a_sample_shows_the_numbers():
    task = Count(largest=20, longest=8)
    samples = task.beyond()["longer"]
    assert task.show(samples, 0) == "0 8 -> 0 1 2 3 4 5 6 7 8"
