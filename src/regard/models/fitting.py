"""Which options of the shell act on a mechanism, and which would change nothing in it."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import torch
from torch import Tensor

from regard.attention.mechanism import Mechanism
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.core.errors import InvalidOption, RegardWarning, UnsupportedMask
from regard.models.mechanism import MechanismLike, build_mechanism
from regard.models.positions import TURNING


@final
@dataclass(frozen=True)
class Effect:
    """What an option of the shell does to the streams q, k and v."""

    words: str
    left: Callable[[set[str], Any], Any]
    """What is left of a value where only some of q, k and v are read: the value itself if it acts."""


EFFECTS: Mapping[str, Effect] = {
    "positions": Effect(
        "turns q and k", lambda read, kind: kind if kind not in TURNING or {"q", "k"} <= read else "none"
    ),
    "qk_norm": Effect("normalizes q and k", lambda read, kind: kind if {"q", "k"} & read else "none"),
    "projections": Effect(
        "makes k and v of one vector",
        lambda read, kind: kind if kind != "latent" or {"k", "v"} & read else "separate",
    ),
    "convolution": Effect("passes over q, k and v", lambda read, taps: taps if read else 0),
    "key_heads": Effect("counts heads of k and v", lambda read, g: g if {"k", "v"} & read else None),
    "absent": Effect(
        "removes projections", lambda read, absent: "".join(each for each in absent if each in {*read, "o"})
    ),
}


def shell_size(features: int, heads: int, *more: Any, **named: Any) -> Size:
    """The size of a mechanism among c features in h heads, with what else `Size` knows.

    Raises `InvalidOption`.
    """
    if heads < 1 or features % heads:
        raise InvalidOption(f"Attention: {features} features cannot be split into {heads} equal heads.")
    return Size(heads, features // heads, features // heads, *more, **named)


def refuse_choice(option: str, given: str, choices: tuple[str, ...]) -> None:
    """Raise `InvalidOption` unless the value is one of the choices."""
    if given not in choices:
        offered = f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise InvalidOption(f"Attention: {option} cannot be '{given}': choose {offered}.")


def refuse_options(heads: int, key_heads: int | None, absent: str, dropout: float) -> None:
    """Raise `InvalidOption` for values that no mechanism allows."""
    if not set(absent) <= set("qkvo"):
        message = f"Attention: absent projections can only be of 'q', 'k', 'v', 'o', not '{absent}'."
        raise InvalidOption(message)
    if key_heads not in (None, heads) and set("kv") & set(absent):
        raise InvalidOption("Attention: grouped heads need the projections of k and v.")
    if not 0 <= dropout < 1:
        raise InvalidOption(f"Attention: dropout must be a share from 0 to below 1, not {dropout}.")


def read_streams(mechanism: Mechanism) -> set[str]:
    """Which of q, k and v a mechanism reads with features."""
    declared = mechanism.declared
    return {name for name in "qkv" if name in declared and getattr(declared, name).features}


def refuse_idle(mechanism: Mechanism, options: Mapping[str, Any]) -> None:
    """Raise `InvalidOption` for an option that would change nothing.

    Raises `UnsupportedMask` for ALiBi, which is a part of the mask's bias, where that part is not declared.
    """
    for name, reason in _idle(mechanism, options).items():
        raise InvalidOption(f"Attention: {reason} Leave {name} out, or take another mechanism.")
    if options["positions"] == "alibi" and not mechanism.traits.slopes:
        message = (
            f"{mechanism.name} does not support the mask's part 'slopes', by which positions=alibi works. "
            f"`regard mechanisms` lists what each one supports."
        )
        raise UnsupportedMask(message)


def refuse_unread_scale(given: MechanismLike, size: Size) -> None:
    """Raise `InvalidOption` for a scale that a mechanism does not read: twice the scale gives the same.

    Nothing is tried where no scale is given.
    """
    if size.scale is None:
        return
    outputs = []
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for scale in (size.scale, 2 * size.scale):
            torch.manual_seed(0)
            mechanism = build_mechanism(given, replace(size, scale=scale)).eval()
            outputs.append(mechanism(_streams(mechanism, 2 if size.grid is None else size.grid.length)))
    if not outputs[0].is_meta and torch.equal(*outputs):
        message = (
            f"Attention: scale={size.scale} changes nothing in {mechanism.name}: it multiplies nothing. "
            f"Leave scale out, or take another mechanism."
        )
        raise InvalidOption(message)


def _streams(mechanism: Mechanism, n: int) -> Streams[Tensor]:
    return Streams(
        **{
            name: torch.randn(1, mechanism.heads_of(name), n, stream.features)
            for name, stream in mechanism.declared.items()
        }
    )


def without_idle(mechanism: Mechanism, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that would change nothing, each of which a `RegardWarning` tells.

    For the settings of a model, which are the same for all mechanisms of a comparison.
    """
    kept = dict(options)
    for name, reason in _idle(mechanism, options).items():
        warnings.warn(f"model.{reason}", RegardWarning, stacklevel=2)
        kept[name] = EFFECTS[name].left(read_streams(mechanism), kept[name])
    return kept


def warn_of_turns(mechanism: Mechanism, positions: str) -> None:
    """Give a `RegardWarning` where turned q and k tell more than distances."""
    if positions in TURNING and not mechanism.traits.rotary:
        message = (
            f"{mechanism.name} does not keep {positions} positions relative: it does not read q and k by "
            f"their inner products alone, so that the same content elsewhere is read otherwise."
        )
        warnings.warn(message, RegardWarning, stacklevel=3)


def _idle(mechanism: Mechanism, options: Mapping[str, Any]) -> dict[str, str]:
    """The options that would change nothing, each with the reason as a sentence."""
    read = read_streams(mechanism)
    listed = ", ".join(name for name, stream in mechanism.declared.items() if stream.features) or "nothing"
    return {
        name: f"{name}={value} changes nothing in {mechanism.name}: it {EFFECTS[name].words}, and "
        f"{mechanism.name} reads {listed}."
        for name, value in options.items()
        if EFFECTS[name].left(read, value) != value
    }
