"""What `regard compare-optimizers` and `regard.compare_optimizers` do, from their settings to a result."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from regard.commands.arguments import mechanisms_said
from regard.comparison import Comparison, conduct
from regard.comparison.comparison import tuned_of, untuned
from regard.comparison.documents import keep_study
from regard.comparison.labels import label_of
from regard.comparison.study import tabulate_optimizers
from regard.configuration import Configuration, configure
from regard.configuration.overrides import given, only_value, parsed, settled, values_of
from regard.configuration.presets import WORD
from regard.core.errors import InvalidOption
from regard.core.execution import Execution
from regard.core.results import OptimizersResult
from regard.experiment import LocalPool
from regard.store import Store

KEY = "optimizer"


def compare_optimizers(
    *,
    task: str,
    optimizer: Sequence[str],
    budget: int,
    mechanism: str = "softmax",
    seed: int = 0,
    out: Path | str = "out",
    device: str = "auto",
    evaluator: str = "auto",
    workers: int = 2,
    timeout: float | None = None,
    **settings: Any,
) -> OptimizersResult:
    """Train one model with several optimizers at the same budget, each with paired seeds: `regard
    compare-optimizers`.

        result = regard.compare_optimizers(
            task="membership", optimizer=["adamw", "pattern_search"], budget=20_000)

    The first optimizer is the baseline. Raises a `RegardError` for what the command line refuses.
    """
    said = {"task": task, "budget": budget, "optimizer": list(optimizer), **settings}
    keys, _ = mechanisms_said(mechanism, said)
    several = [key for key in keys if key.partition(".")[0] in ("mechanism", "model", KEY)]
    comparison = planned_study(given(keys, several), seed)
    execution = Execution(device=device, workers=workers, timeout_seconds=timeout, evaluator=evaluator)
    with Store(out) as store:
        with LocalPool(execution) as pool:
            for _ in conduct(comparison, store, pool):
                pass
        result = tabulate_optimizers(comparison, store)
        keep_study(result, store)
        return result


def planned_study(arguments: Sequence[str], first_seed: int) -> Comparison:
    """The comparison that arguments describe: those of `regard compare`, with several optimizers.

    An option of one of them is said as `optimizer.NAME.OPTION=VALUE`; with several values the optimizer takes
    part once for each. Raises `InvalidOption` or `UnknownName`.
    """
    if any(each.startswith(WORD) for each in arguments):
        raise InvalidOption("A preset chooses one optimizer. Say its other settings, or recipe=study.")
    overrides = settled(map(parsed, arguments))
    ours = [each for each in overrides if each.key_or_group.partition(".")[0] == KEY]
    names = [str(value) for each in ours if each.key_or_group == KEY for value in values_of(each)]
    options = {each.key_or_group: values_of(each) for each in ours if each.key_or_group != KEY}
    if len(names) + len(options) < 2:
        raise InvalidOption("Say which optimizers: optimizer=adamw,sgd. The first one is the baseline.")
    budget = only_value(overrides, "budget")
    others = [each for each in overrides if each not in ours and each.key_or_group != "budget"]
    shared = [each.input_line or "" for each in others]
    if budget is not None:
        shared.append(f"training.budget={budget}")
    choices = [choice for name in names for choice in _choices(name, options)]
    _refuse_unused(options, names)
    configurations = [configure([*shared, *choice]) for choice in choices]
    return _comparison(configurations, first_seed)


def _choices(name: str, options: dict[str, list[Any]]) -> Iterator[list[str]]:
    """The arguments that choose an optimizer, once for each combination of values of its options."""
    prefix = f"{KEY}.{name}."
    own = {key.removeprefix(prefix): values for key, values in options.items() if key.startswith(prefix)}
    for values in itertools.product(*own.values()):
        chosen = {f"{KEY}.{option}": value for option, value in zip(own, values, strict=True)}
        yield given({KEY: name, **chosen})


def _refuse_unused(options: dict[str, list[Any]], names: Sequence[str]) -> None:
    for key in options:
        if not any(key.startswith(f"{KEY}.{name}.") for name in names):
            message = f"{key} belongs to none of the optimizers {', '.join(names)}"
            raise InvalidOption(f"{message}. Write {KEY}.{names[0]}.OPTION=VALUE.")


def _comparison(configurations: Sequence[Configuration], first_seed: int) -> Comparison:
    """One comparison of what the configurations, which differ in their optimizers alone, describe."""
    first = configurations[0]
    _refuse(first)
    entries = [replace(entry, optimizer=each.optimizer) for entry in first.entries for each in configurations]
    training = replace(first.training, steps=None, patience=None, target=None)
    settings = first.comparison | {"grid": tuned_of(first.optimizer).grid}
    return Comparison(
        task=first.task,
        entries=tuple(entries),
        model=first.model,
        objective=first.objective,
        optimizer=first.optimizer,
        training=training,
        first_seed=first_seed,
        **settings | {"baseline": _baseline(first)},
    )


def _baseline(first: Configuration) -> str:
    """The label of the first optimizer on the first model."""
    return label_of(untuned(replace(first.entries[0], optimizer=first.optimizer)))


def _refuse(first: Configuration) -> None:
    """Raise `InvalidOption` for what comparing optimizers does not use, or lacks."""
    if first.training.budget is None:
        raise InvalidOption("Say how many forward-equivalents each training may cost: budget=20000.")
    remedies = {
        "grid": "Every optimizer tries its own grid.",
        "baseline": "The first optimizer is the baseline.",
        "training.steps": "The budget bounds the steps.",
        "training.patience": "Every training spends the whole budget.",
        "training.target": "Every training spends the whole budget.",
        "training.evaluate_every": "Evaluations lie at costs that grow by a quarter.",
    }
    for key, reason in remedies.items():
        if key in first.said:
            raise InvalidOption(f"`regard compare-optimizers` does not use {key}. {reason} Leave it out.")
    if not isinstance(first.comparison["seeds"], int):
        raise InvalidOption("`regard compare-optimizers` takes a number of seeds. Write seeds=5.")
    if len({entry.mechanisms for entry in first.entries}) > 1:
        raise InvalidOption(
            "`regard compare-optimizers` compares the optimizers of one mechanism. Name one mechanism."
        )
