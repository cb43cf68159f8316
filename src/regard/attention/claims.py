"""What a mechanism claims, as plain values for tables, cards and JSON."""

import dataclasses
from typing import Any

from regard.attention.mechanism import Mechanism
from regard.attention.streams import Stream

USUAL = ("q", "k", "v")
"""Streams that need no explanation."""


def claims(mechanism: Mechanism) -> dict[str, Any]:
    """The traits of a mechanism as it was built, options included, with its ties and streams in words."""
    ties = [f"{tie.to} ({tie.at})" for tie in mechanism.traits.ties]
    streams = [_describe(name, stream) for name, stream in mechanism.declared.items()]
    plain = dataclasses.asdict(mechanism.traits)
    return plain | {"ties": ", ".join(ties) or "none", "streams": ", ".join(streams)}


def _describe(name: str, stream: Stream) -> str:
    """`q`, or `beta (1 per head and key)`."""
    if name in USUAL:
        return name if stream.features else f"{name} (places only)"
    each = {"queries": "query", "keys": "key"}[stream.of]
    heads = "" if stream.shared else "group and " if stream.grouped else "head and "
    return f"{name} ({stream.features} per {heads}{each})"
