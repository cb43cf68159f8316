"""What holds for every task, as functions that raise `AssertionError` where it does not."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import NormalDist

import pytest
import torch
from look_ups import look_ups
from torch import Tensor

from regard.core.errors import InvalidOption
from regard.core.shapes import ImageInput, PairInput
from regard.data.samples import IGNORED, Samples
from regard.data.task import Predict, Task

SPLITS = ("train", "validation", "test")
LOGITS = 2**22
"""Of one look-up, at most: there are many look-ups."""


def saying(task: Task, answers: Tensor) -> Tensor:
    """Logits that say these answers; whatever is ignored is answered with 0."""
    logits = torch.zeros(*answers.shape, classes(task))
    return logits.scatter_(-1, answers.clamp_min(0).unsqueeze(-1), 1)


def classes(task: Task) -> int:
    output = task.shape.output
    return output.vocabulary if hasattr(output, "vocabulary") else output.classes


def always(task: Task, answer: Tensor) -> Predict:
    """A guesser: the same answer whatever the input. Of a sequence it sees the length."""

    def predict(inputs: Tensor, *rest: Tensor | None) -> Tensor:
        guess = answer[: inputs.shape[1]] if answer.ndim else answer
        return saying(task, guess.expand(len(inputs), *guess.shape))

    return predict


def knowing(task: Task, samples: Samples, change: Callable[[Tensor], Tensor] = lambda t: t) -> Predict:
    """A model that knows the targets, by the rule where there is one; what it says may be changed."""

    def predict(inputs: Tensor, keys: Tensor | None = None, edges: Tensor | None = None) -> Tensor:
        whole = torch.zeros(len(inputs), *samples.inputs.shape[1:], dtype=inputs.dtype)
        whole[:, : inputs.shape[1]] = inputs
        blank = torch.zeros(len(inputs), *samples.targets.shape[1:]).long()
        known = samples.keys if keys is None and len(samples) == len(inputs) else keys
        targets = task.solve(Samples(whole, blank, known, edges))
        if targets is None and len(inputs) == len(samples):
            targets = samples.targets
        if targets is None:
            same = (inputs.flatten(1)[:, None] == samples.inputs.flatten(1)).all(-1)
            targets = samples.targets[same.long().argmax(1)]
        # of a sequence the part that was handed in
        targets = targets[:, : inputs.shape[1]] if targets.ndim == 2 else targets
        return saying(task, change(targets))

    return predict


def reciting(task: Task, answers: Tensor) -> Predict:
    """One prepared answer for each sample of a split, whole or, of a sequence, as far as the inputs go."""
    return lambda inputs, *rest: saying(task, answers[:, : inputs.shape[1]] if answers.ndim == 2 else answers)


def samples_fit_the_shape(task: Task) -> None:
    everything = {name: task.split(name) for name in SPLITS} | task.beyond()
    for name, raw in everything.items():
        assert len(raw) > 0, name
        samples = task.prepare(raw[:500])
        given = task.shape.input
        if isinstance(given, ImageInput):
            assert samples.inputs.shape[1:] == (given.channels, given.height, given.width)
            assert samples.inputs.dtype == torch.float32
        else:
            assert samples.inputs.ndim == (3 if isinstance(given, PairInput) else 2)
            assert samples.inputs.shape[-1] <= given.length
            assert samples.inputs.min() >= 0
            assert samples.inputs.max() < given.vocabulary
            assert samples.keys is None or samples.keys.shape == samples.inputs.shape
        asked = samples.targets[samples.targets != IGNORED]
        assert asked.min() >= 0
        assert asked.max() < classes(task)


def splits_share_no_problem(task: Task) -> None:
    """Nor do the sets beyond share one with what was trained or selected on."""
    everything = [*(task.split(name) for name in SPLITS), *task.beyond().values()]
    seen = [set(task.identities(samples)) for samples in everything]
    for i, first in enumerate(seen):
        for second in seen[i + 1 :]:
            assert not first & second


def no_input_lies_in_two_splits(task: Task) -> None:
    """Nor in one and in a set beyond: whole inputs as they are given, whatever problems are called."""
    everything = [*(task.split(name) for name in SPLITS), *task.beyond().values()]
    seen = [set(rows_of(samples)) for samples in everything]
    for i, first in enumerate(seen):
        for second in seen[i + 1 :]:
            assert not first & second


def rows_of(samples: Samples) -> Iterator[bytes]:
    """Each input by its bytes, with the edges where there are any."""
    for i in range(len(samples)):
        given = samples[i : i + 1]
        yield b"".join(part.numpy().tobytes() for part in (given.inputs, given.edges) if part is not None)


def equal_options_give_equal_samples(build: Callable[[], Task]) -> None:
    first, second = build(), build()
    for name in SPLITS:
        assert torch.equal(first.split(name).inputs, second.split(name).inputs)
        assert torch.equal(first.split(name).targets, second.split(name).targets)


def another_seed_gives_other_samples(build: Callable[..., Task], fixed: tuple[str, ...] = ()) -> None:
    for name in set(SPLITS) - set(fixed):
        tasks = build(data_seed=0), build(data_seed=1)
        first, second = (sorted(task.identities(task.split(name))) for task in tasks)
        assert first != second


def the_rule_answers_every_question(task: Task) -> None:
    """And does so without having seen the targets; where there is a rule."""
    if task.solve(task.split("test")[:1]) is None:
        return
    for samples in (*(task.split(name) for name in SPLITS), *task.beyond().values()):
        blank = replace(samples, targets=torch.zeros_like(samples.targets))
        assert torch.equal(task.solve(blank), samples.targets)


def a_guesser_scores_at_chance(task: Task) -> None:
    """The best of the guessers that learn one answer by heart, on the test split, whose chance is told."""
    test = task.split("test")
    found = [scores_of(task, always(task, guess), test) for guess in guesses(task.split("train").targets)]
    best = max(found, key=lambda scores: scores.mean().item())
    mean, count = best.mean().item(), len(best)
    # a score of many targets varies less than a single right or wrong does, whose variance is p (1 - p)
    narrower = best.var().item() / (mean * (1 - mean)) if 0 < mean < 1 else 1
    # where chance is near 0, a sample more or less is all that there is
    error = (narrower * task.chance * (1 - task.chance) / count) ** 0.5 + 1 / count
    assert abs(mean - task.chance) <= 4 * error, f"{mean} instead of {task.chance}"


def chances_are_those_of_a_guesser(task: Task) -> None:
    """Of every set beyond the test split, and of the details whose chance is told."""
    chances, test = task.chances(), task.split("test")
    assert set(task.beyond()) <= set(chances)
    found = [task.details(always(task, guess), test) for guess in guesses(task.split("train").targets)]
    for name in found[0].keys() & chances.keys():
        best = max(figures[name].nanmean().item() for figures in found)
        # of a figure that says nothing of any sample there is no mean
        far = abs(best - chances[name]) > 2 / len(test) ** 0.5
        assert not far, f"{name}: {best}, not {chances[name]}"
    for name, samples in task.beyond().items():
        assert 0 <= chances[name] <= 1
        if samples.targets.ndim == 1:
            best = scores_of(task, always(task, samples.targets.mode().values), samples).mean().item()
            assert abs(best - chances[name]) <= 2 / len(samples) ** 0.5, f"{name}: {best}"


def scores_of(task: Task, predict: Predict, samples: Samples) -> Tensor:
    """The score of each sample, found in parts: logits are large."""
    parts = [samples[start : start + 250] for start in range(0, len(samples), 250)]
    return torch.cat([task.score(predict, part).double() for part in parts])


def guesses(targets: Tensor) -> list[Tensor]:
    """The most frequent target; of sequences the most frequent row, and that of each column's favorites."""
    if targets.ndim == 1:
        return [targets.mode().values]
    rows, counts = torch.unique(targets, dim=0, return_counts=True)
    favorites = [column[column != IGNORED] for column in targets.T]
    columns = [c.mode().values if len(c) else torch.tensor(0) for c in favorites]
    return [rows[counts.argmax()], torch.stack(columns)]


def no_single_input_gives_the_answer_away(task: Task, level: float | None = None) -> None:
    """Neither a pixel, nor a token at any one distance that may be read there; nor, where there is one class
    for a sequence, its length or how often a token occurs. Each says no more than chance, or as much as the
    task's own test declares that it honestly says, which is its `level`.

    A look-up may be lucky by 4 standard errors; the best of k, by as many as are k times as rare.
    """
    # enough to tell, and no more: an image of real data has 100,000 pixels; files are sorted by class
    train, test = some(task.split("train"), 4000), task.split("test")
    test = some(test, min(1000, LOGITS // (classes(task) * test.targets[0].numel())))
    hidden = look_ups(task, train, test)
    normal = NormalDist()
    luck = -normal.inv_cdf(normal.cdf(-4) / len(hidden))
    scores = torch.stack([task.score(reciting(task, answers), test) for answers in hidden.values()]).double()
    means, errors = scores.mean(1), luck * scores.std(1) / len(test) ** 0.5 + 1 / len(test)
    expected = task.chance if level is None else level
    worst = (means - errors).argmax()
    told = f"a look-up of {list(hidden)[worst]} scores {means[worst]:.3f}, not {expected:.3f}"
    assert means[worst] <= expected + errors[worst], told
    # a level that nothing reaches is not what was measured
    assert level is None or means.max() >= level - errors[means.argmax()], told


def some(samples: Samples, count: int) -> Samples:
    """Samples from all over a split."""
    return samples[torch.randperm(len(samples), generator=torch.Generator().manual_seed(0))[:count]]


def knowing_scores_one_and_erring_zero(task: Task) -> None:
    for name in SPLITS:
        samples = task.split(name)[:200]
        assert (task.score(knowing(task, samples), samples) == 1).all()
        wrong = knowing(task, samples, lambda targets: (targets + 1) % classes(task))
        assert (task.score(wrong, samples) == 0).all()


def ignored_positions_never_count(task: Task) -> None:
    samples = task.split("test")[:200]
    noise = torch.randint(classes(task), samples.targets.shape, generator=torch.Generator().manual_seed(0))

    def babble(targets: Tensor) -> Tensor:
        said = noise if targets.ndim == 1 else noise[:, : targets.shape[1]]
        return torch.where(targets == IGNORED, said, targets)

    assert (task.score(knowing(task, samples, babble), samples) == 1).all()


def a_sample_is_scored_for_itself(task: Task) -> None:
    """Alone as among others, from 0 to 1."""
    samples = task.split("test")[:50]
    guess = always(task, guesses(task.split("train").targets)[-1])
    together = task.score(guess, samples)
    assert together.shape == (len(samples),)
    assert ((together >= 0) & (together <= 1)).all()
    assert torch.equal(
        together, torch.cat([task.score(guess, samples[i : i + 1]) for i in range(len(samples))])
    )


def what_is_fed_back_repeats_the_target_before(task: Task) -> None:
    """All that is repeated is marked, for repetitions follow from the form, not from luck."""
    samples = task.split("test")
    marked = task.fed_back(samples)
    if marked is None:
        return
    assert marked.dtype == torch.bool
    assert marked.shape == samples.inputs.shape
    assert marked.any()
    before = samples.targets.roll(1, 1)
    before[:, 0] = IGNORED
    assert torch.equal(marked, before != IGNORED)
    assert torch.equal(samples.inputs[marked], before[marked])


def augmenting_repeats_and_leaves_its_input(task: Task) -> None:
    samples = task.split("train")[:50]
    kept = samples.inputs.clone()
    first, second = (task.prepare(task.augment(samples, torch.Generator().manual_seed(7))) for _ in range(2))
    assert torch.equal(samples.inputs, kept)
    assert torch.equal(first.inputs, second.inputs)
    assert torch.equal(first.targets, second.targets)
    read = task.prepare(samples)
    assert first.inputs.shape == read.inputs.shape
    assert first.inputs.dtype == read.inputs.dtype
    assert len(first.targets) == len(read.targets)


def a_sample_shows_as_one_line(task: Task) -> None:
    """With its target: another one shows differently."""
    samples = task.split("test")[:20]
    other = torch.where(samples.targets == IGNORED, IGNORED, (samples.targets + 1) % classes(task))
    for i in range(len(samples)):
        line = task.show(samples, i)
        assert line.strip()
        assert "\n" not in line
        assert line != task.show(replace(samples, targets=other), i)


def a_problem_is_named_by_the_inputs_alone(task: Task) -> None:
    """In whatever company a sample is."""
    samples = task.split("test")[:50]
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(0))
    names = task.identities(samples)
    shuffled = task.identities(replace(samples, targets=torch.zeros_like(samples.targets))[order])
    assert shuffled == [names[i] for i in order]


def is_refused_in_one_line(build: Callable[[], Task], *words: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        build()
    message = str(caught.value)
    assert re.fullmatch(r"[a-z]\w*: [^\n]+[.?]", message), message
    for word in words:
        assert word in message


LAWS_OF_A_TASK = (
    samples_fit_the_shape,
    splits_share_no_problem,
    no_input_lies_in_two_splits,
    the_rule_answers_every_question,
    a_guesser_scores_at_chance,
    chances_are_those_of_a_guesser,
    no_single_input_gives_the_answer_away,
    knowing_scores_one_and_erring_zero,
    ignored_positions_never_count,
    a_sample_is_scored_for_itself,
    what_is_fed_back_repeats_the_target_before,
    augmenting_repeats_and_leaves_its_input,
    a_sample_shows_as_one_line,
    a_problem_is_named_by_the_inputs_alone,
)
