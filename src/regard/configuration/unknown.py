"""What is said of a key that is no setting: which ones are near it, and where its name means something."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from hydra.core.override_parser.types import Override

from regard.core.errors import InvalidOption

OPTIONS = {
    "out": "--out FOLDER",
    "seed": "--seed N",
    "device": "--device NAME",
    "form": "--form NAME",
    "evaluator": "--evaluator NAME",
    "workers": "--workers N",
    "pool": "--pool NAME",
    "timeout": "--timeout SECONDS",
    "at_once": "--at-once N",
    "follow": "--follow NAMES",
    "test": "--test",
    "json": "--json",
}
"""How a run is carried out is no setting of it: words of the command line with dashes."""

RATES = ("lr", "learning_rate", "rates", "lrs")
"""What others call the setting that a comparison tunes."""

SYNONYMS = {
    "batch_size": "batch",
    "n_layers": "layers",
    "num_layers": "layers",
    "depth": "layers",
    "d_model": "features",
    "width": "features",
    "hidden_size": "features",
    "d_ff": "hidden",
    "n_heads": "heads",
    "num_heads": "heads",
    "wd": "weight_decay",
    "max_steps": "steps",
    "num_epochs": "epochs",
    "patch_size": "patch",
}
"""What others call a setting, and what it is called here."""

PARTS = ("task", "recipe", "mechanism", "objective", "optimizer")
"""Keys that choose a part."""

SHOWN = 3


def check_key(override: Override, tree: Mapping[str, Any], tuned: str) -> None:
    """Raise `InvalidOption` unless the tree has the key as a single setting, and one value is given.

    `tuned` is the option of the optimizer that a comparison tunes.
    """
    key: str = override.key_or_group
    known = list(_keys(tree))
    if key in tree and isinstance(tree[key], Mapping):
        raise InvalidOption(
            f"'{key}' is a group: set one of {', '.join(sorted(tree[key]))}, as {key}.KEY=VALUE."
        )
    if key not in known:
        raise InvalidOption(f"There is no setting '{key}'. {_remedy(key, known, tuned)}")
    if override.is_sweep_override():
        message = f"{key} takes one value, not several. Mechanisms, their options and model.KEY are swept."
        raise InvalidOption(f"{message} A text with a comma needs quotes of its own.")


def _keys(tree: Mapping[str, Any]) -> Iterable[str]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{each}" for each in value)
        else:
            yield name


def _remedy(key: str, known: list[str], tuned: str) -> str:
    group, _, name = key.rpartition(".")
    if name in RATES:
        return (
            f"What is tuned is set by optimizer.{tuned}=VALUE for one training, and chosen from grid=[A,B] "
            f"in a comparison."
        )
    if not group and name.replace("-", "_") in OPTIONS:
        return f"It is an option of the command: {OPTIONS[name.replace('-', '_')]}."
    namesakes = [each for each in known if each.rpartition(".")[2] in (name, SYNONYMS.get(name))]
    near = namesakes or _near(key, known)
    if near:
        return f"Did you mean {' or '.join(repr(each) for each in near)}?"
    own = [each for each in known if each.startswith(f"{group}.")]
    if group and own:
        return f"Choose from: {', '.join(own)}."
    groups = dict.fromkeys(each.partition(".")[0] for each in known)
    return f"Choose from: {', '.join(groups)}; `regard settings` lists all."


def _near(key: str, known: list[str]) -> list[str]:
    """The keys nearest in spelling: those of the same group first, then names alone, then whole keys."""
    group, _, name = key.rpartition(".")
    names = {each.rpartition(".")[2]: each for each in reversed(known)} | {each: each for each in PARTS}
    if group:
        own = {each.rpartition(".")[2]: each for each in known if each.startswith(f"{group}.")}
        found = [own[each] for each in difflib.get_close_matches(name, own, SHOWN)]
        return found or difflib.get_close_matches(key, known, SHOWN, cutoff=0.75)
    return [names[each] for each in difflib.get_close_matches(name, names, SHOWN)]
