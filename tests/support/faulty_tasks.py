"""Tasks with one fault each, by the law that must catch it."""

import dataclasses
import itertools
from collections.abc import Callable

import task_laws as laws
import torch

from regard.data.samples import IGNORED, Samples
from regard.data.task import Task
from regard.tasks import TASKS


def digits(**options):
    return TASKS.build("digits", **options)


def recall(**options):
    return TASKS.build("recall", **options)


def arithmetic(**options):
    return TASKS.build("arithmetic", **options)


def replaced(task: Task, **members: object) -> Task:
    """The task with some of its members replaced."""
    for name, member in members.items():
        setattr(task, name, member)
    return task


def with_samples(task: Task, change: Callable[[Samples], Samples]) -> Task:
    """The task with changed samples in all splits."""
    changed = {name: change(task.split(name)) for name in laws.SPLITS}
    return replaced(task, split=changed.__getitem__)


def one_position_too_many():
    return with_samples(
        recall(),
        lambda s: Samples(
            torch.cat([s.inputs, s.inputs[:, :1]], 1), torch.cat([s.targets, s.targets[:, :1]], 1)
        ),
    )


def tracking(**chances):
    task = TASKS.build("state_tracking", samples=500, held_out=400, lengths=(32,))
    return replaced(task, chances=lambda: chances)


def a_set_without_a_chance():
    return tracking(final=0.5)


def chance_of_a_detail_too_low():
    return tracking(**{"final": 0.25, "length 32": 0.5})


def classes_from_one():
    return with_samples(digits(), lambda s: Samples(s.inputs, s.targets + 1))


def swapped_operands_in_another_split():
    """12+34 may be trained and 34+12 tested, as in most published code."""
    task = arithmetic()
    splits = [task.split(name) for name in laws.SPLITS]
    samples = Samples(torch.cat([s.inputs for s in splits]), torch.cat([s.targets for s in splits]))
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(0))
    parts = {"train": order[:8000], "validation": order[8000:9000], "test": order[9000:]}
    return replaced(task, split=lambda name: samples[parts[name]])


def tested_on_training_data():
    task = digits()
    train = task.split("train")
    return replaced(task, split=lambda name: train)


def beyond_of(task: Task, split: str) -> Task:
    """The task with a set beyond training that is one of its splits."""
    return replaced(task, beyond=lambda: {"more of the same": task.split(split)})


def trained_on_what_lies_beyond():
    return beyond_of(recall(), "train")


def tested_twice():
    return beyond_of(digits(), "test")


def rows_in_two_splits_under_other_names():
    """Each sample is a problem of its own, wherever its like is: so the splits share none by name."""
    task, names = recall(), itertools.count()
    splits = {name: task.split(name) for name in laws.SPLITS}
    splits["test"] = splits["train"][: len(splits["test"])]
    return replaced(
        task, split=splits.__getitem__, identities=lambda samples: [str(next(names)) for _ in samples.inputs]
    )


def rule_that_reads_the_targets():
    return replaced(recall(), solve=lambda samples: samples.targets)


def rule_that_only_adds():
    task, adding = arithmetic(operation="both"), arithmetic()

    def solve(samples):
        plus = samples.inputs.clone()
        plus[:, task.digits] = 10
        return adding.solve(Samples(plus, samples.targets))

    return replaced(task, solve=solve)


def chance_over_keys_and_values():
    return replaced(recall(vocabulary=32), chance=1 / 32)


def chance_of_one_digit():
    return replaced(arithmetic(), chance=0.1)


def chance_a_little_too_high():
    """A share of many tokens varies less than a single token does."""
    return replaced(TASKS.build("state_tracking"), chance=0.53)


def no_chance():
    return replaced(digits(), chance=0.0)


def answers_in_the_input(samples: Samples) -> Samples:
    asked = samples.targets != IGNORED
    return Samples(torch.where(asked, samples.targets, samples.inputs), samples.targets)


def not_shifted():
    return with_samples(arithmetic(), answers_in_the_input)


def slots_not_emptied():
    return with_samples(arithmetic(form="masked"), answers_in_the_input)


def answers_instead_of_queries():
    # uniform distances, at which a look-up of one of them says nothing
    return with_samples(recall(power=1.0, pairs=2), answers_in_the_input)


def set_membership(**options):
    return TASKS.build("set_membership", **options)


def length_gives_the_class():
    """Some words have lost their last letter: now those inside have even lengths, those outside odd ones."""
    task = TASKS.build("membership", language="tomita6")

    def cut(samples):
        followed = torch.nn.functional.pad(samples.keys[:, 1:], (0, 1), value=False)
        wrong = samples.keys.sum(1) % 2 == samples.targets
        keys = samples.keys & (followed | ~wrong.unsqueeze(1))
        return Samples(samples.inputs.masked_fill(~keys, task.padding), samples.targets, keys)

    return with_samples(task, cut)


def count_gives_the_class():
    """Where the query is present, element 0 is in the set, at any place: no place tells much."""

    def counted(samples):
        inputs = samples.inputs.clone()
        places = (torch.arange(len(inputs)) % 16).unsqueeze(1)
        told = inputs.scatter(1, places, 0)
        return Samples(torch.where(samples.targets.unsqueeze(1) == 1, told, inputs), samples.targets)

    return with_samples(set_membership(size=16, sizes=()), counted)


def mostly_in_a_token():
    """In 70 of 100 samples."""

    def marked(samples):
        inputs = samples.inputs.clone()
        marks = torch.rand(len(inputs), generator=torch.Generator().manual_seed(0)) < 0.7
        inputs[marks, 0] = samples.targets[marks]
        return Samples(inputs, samples.targets)

    return with_samples(set_membership(), marked)


def class_in_a_pixel():
    """All others are noise, as ink says something of the digit."""

    def marked(samples):
        inputs = torch.rand(samples.inputs.shape, generator=torch.Generator().manual_seed(len(samples)))
        inputs[:, 0, 0, 0] = samples.targets
        return Samples(inputs, samples.targets)

    return with_samples(digits(), marked)


def half_for_nothing():
    task = arithmetic()
    score = task.score
    return replaced(task, score=lambda predict, samples: 0.5 + score(predict, samples) / 2)


def scored_one_position_late():
    def score(predict, samples):
        said = predict(samples.inputs, samples.keys).argmax(-1).roll(1, 1)
        asked = samples.targets != IGNORED
        return ((said == samples.targets) & asked).sum(1) / asked.sum(1)

    return replaced(recall(), score=score)


def every_position_counts():
    def score(predict, samples):
        targets = samples.targets.clamp_min(0)
        return (predict(samples.inputs, samples.keys).argmax(-1) == targets).float().mean(1)

    return replaced(recall(), score=score)


def scored_against_the_best():
    task = digits()
    score = task.score

    def relative(predict, samples):
        scores = score(predict, samples)
        return scores * 0.9 + 0.1 * scores.mean()

    return replaced(task, score=relative)


def fed_back_one_place_early():
    task = arithmetic()
    fed_back = task.fed_back
    return replaced(task, fed_back=lambda samples: fed_back(samples).roll(-1, 1))


def questions_fed_back():
    return replaced(arithmetic(), fed_back=lambda samples: torch.ones_like(samples.inputs).bool())


def augmented_in_place():
    def noisy(samples, rng):
        samples.inputs.add_(torch.randn(samples.inputs.shape, generator=rng))
        return samples

    return replaced(digits(), augment=noisy)


def augmented_by_global_chance():
    return replaced(
        digits(),
        augment=lambda samples, rng: dataclasses.replace(
            samples, inputs=samples.inputs + torch.randn_like(samples.inputs)
        ),
    )


def shown_without_target():
    return replaced(digits(), show=lambda samples, i: f"an image of mean {samples.inputs[i].mean()}")


def shown_on_two_lines():
    return replaced(digits(), show=lambda samples, i: f"image {i}\n{samples.targets[i]}")


def named_by_place():
    return replaced(digits(), identities=lambda samples: [str(i) for i in range(len(samples))])


def named_by_target():
    return replaced(digits(), identities=lambda samples: [str(target) for target in samples.targets])


FAULTS: dict[Callable[[Task], None], tuple[Callable[[], Task], ...]] = {
    laws.samples_fit_the_shape: (one_position_too_many, classes_from_one),
    laws.splits_share_no_problem: (
        swapped_operands_in_another_split,
        tested_on_training_data,
        trained_on_what_lies_beyond,
        tested_twice,
    ),
    laws.no_input_lies_in_two_splits: (rows_in_two_splits_under_other_names, trained_on_what_lies_beyond),
    laws.the_rule_answers_every_question: (rule_that_reads_the_targets, rule_that_only_adds),
    laws.a_guesser_scores_at_chance: (
        chance_over_keys_and_values,
        chance_of_one_digit,
        chance_a_little_too_high,
        no_chance,
    ),
    laws.chances_are_those_of_a_guesser: (a_set_without_a_chance, chance_of_a_detail_too_low),
    laws.no_single_input_gives_the_answer_away: (
        not_shifted,
        slots_not_emptied,
        answers_instead_of_queries,
        class_in_a_pixel,
        length_gives_the_class,
        count_gives_the_class,
        mostly_in_a_token,
    ),
    laws.knowing_scores_one_and_erring_zero: (half_for_nothing, scored_one_position_late),
    laws.ignored_positions_never_count: (every_position_counts,),
    laws.a_sample_is_scored_for_itself: (scored_against_the_best,),
    laws.what_is_fed_back_repeats_the_target_before: (fed_back_one_place_early, questions_fed_back),
    laws.augmenting_repeats_and_leaves_its_input: (augmented_in_place, augmented_by_global_chance),
    laws.a_sample_shows_as_one_line: (shown_without_target, shown_on_two_lines),
    laws.a_problem_is_named_by_the_inputs_alone: (named_by_place, named_by_target),
}
"""A law without a fault here fails the tests."""
