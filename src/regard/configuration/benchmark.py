"""From overrides such as `mechanism=softmax,linear lengths=256,1024` to the description of a benchmark."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final, get_origin, get_type_hints

from hydra.core.override_parser.types import Override

from regard.benchmark import Benchmark, Contender
from regard.configuration.choice import (
    ALL,
    Layers,
    chooses_all,
    chosen_mechanisms,
    completed,
    speaks_of_mechanisms,
)
from regard.configuration.overrides import only_value, parsed, settled, values_of
from regard.core.errors import InvalidOption, nearest

OPTIONS = ("seed",)
"""Fields that are options of the command."""


@final
@dataclass(frozen=True)
class BenchmarkChoice:
    """What is to be measured."""

    benchmark: Benchmark
    whole_catalog: bool
    """Whether `all` mechanisms are chosen: then what cannot be built is left out instead of refused."""


def settings_of_benchmarks() -> list[str]:
    """The keys beside `mechanism`."""
    names = [field.name for field in dataclasses.fields(Benchmark)]
    return [name for name in names if name not in ("contenders", *OPTIONS)]


def configure_benchmark(
    arguments: Sequence[str], seed: int = 0, mechanisms: Iterable[Layers] | None = None
) -> BenchmarkChoice:
    """The benchmark that overrides describe, with mechanisms that are given instead of named by them; all of
    the catalog where none is.

    Raises `InvalidOption` or `UnknownName`.
    """
    overrides = settled(map(parsed, arguments))
    if not any(each.key_or_group == "mechanism" for each in overrides):
        overrides.append(parsed(f"mechanism={ALL}"))
    of_mechanisms = [each for each in overrides if speaks_of_mechanisms(each)]
    others = [each for each in overrides if not speaks_of_mechanisms(each)]
    # before the catalog is looked at
    values = {each.key_or_group: _value(each, others) for each in others}
    chosen = chosen_mechanisms(of_mechanisms) if mechanisms is None else completed(mechanisms)
    contenders = tuple(Contender(_single(layers)) for layers in chosen)
    return BenchmarkChoice(
        Benchmark(contenders=contenders, seed=seed, **values),
        mechanisms is None and chooses_all(of_mechanisms),
    )


def _single(layers: Layers) -> Any:
    if len(layers) != 1:
        raise InvalidOption(
            "`regard bench` measures mechanisms one by one, and models with several are none. Write "
            "mechanism=A,B without brackets."
        )
    return layers[0]


def _value(override: Override, overrides: Iterable[Override]) -> Any:
    key = override.key_or_group
    known = settings_of_benchmarks()
    if key not in known:
        raise InvalidOption(f"`regard bench` has no setting '{key}'. {nearest(key, ['mechanism', *known])}")
    if get_origin(get_type_hints(Benchmark)[key]) is not tuple:
        return only_value(overrides, key)
    values = values_of(override)
    # `lengths=[256,1024]` is meant as `lengths=256,1024`
    return tuple(values[0]) if len(values) == 1 and isinstance(values[0], list) else tuple(values)
