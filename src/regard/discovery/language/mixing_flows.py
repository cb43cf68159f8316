"""Flow rules of what carries numbers from one position to another."""

import math

from regard.discovery.language.facts import EVERYWHERE, PARTS, PLACES, READABLE, Facts, V, bits, joined
from regard.discovery.language.flows import Constants, Flow


def mixed(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """A map times tokens of the keys."""
    a, v = inputs
    facts = joined(inputs)
    low = high = math.inf
    if a.low >= 0 and a.rows in ("1", "<=1"):
        # a mean, or one with a share of nothing
        low, high = min(v.low, 0.0), max(v.high, 0.0)
    else:
        low = 0.0 if a.low >= 0 and v.low >= 0 else -math.inf
    return facts._replace(
        content=v.content,
        mixed=v.content | v.mixed,
        selection=facts.selection | a.reads,
        gating=v.gating,
        reach=max(facts.reach, READABLE),
        low=low,
        high=high,
        linear=v.linear and not a.reads & V,
    )


def written(without: int, *, orders: bool = False) -> Flow:
    """Keys and what is written at them, as a memory. orders: later writes change what earlier ones left."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        facts, (key, value, *strength) = joined(inputs), inputs
        selection = facts.selection | key.reads
        for each in strength:
            selection |= each.reads
        signs = key.low >= 0 and value.low >= 0 and not orders
        return facts._replace(
            content=value.content,
            mixed=value.mixed,
            gating=value.gating,
            selection=selection | (PLACES if orders else 0),
            honors=facts.honors & ~without,
            equivariant=facts.equivariant and not orders,
            low=0.0 if signs else -math.inf,
            linear=value.linear and not selection & V,
        )

    return flow


def faded(without: int) -> Flow:
    """A memory that fades from position to position."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        state, *decays = inputs
        facts = joined(inputs)
        selection = facts.selection | PLACES
        for each in decays:
            selection |= each.reads
        return facts._replace(
            content=state.content,
            mixed=state.mixed,
            gating=state.gating,
            selection=selection,
            honors=facts.honors & ~without,
            equivariant=False,
            low=state.low,
            linear=state.linear and not selection & V,
        )

    return flow


def read(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """What queries find in a memory."""
    q, state = inputs
    facts = joined(inputs)
    return facts._replace(
        content=state.content,
        mixed=state.content | state.mixed,
        selection=facts.selection | q.reads,
        gating=state.gating,
        reach=max(facts.reach, READABLE),
        low=0.0 if q.low >= 0 and state.low >= 0 else -math.inf,
        linear=state.linear and not q.reads & V,
    )


def gathered(without: int, *, placed: bool = False) -> Flow:
    """A sum over positions that content does not choose."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        return x._replace(
            mixed=x.content | x.mixed,
            reach=max(x.reach, READABLE),
            honors=x.honors & ~without,
            selection=x.selection | (PLACES if placed else 0),
            equivariant=x.equivariant and not placed,
            low=0.0 if x.low >= 0 else -math.inf,
            high=math.inf,
            rows="",
        )

    return flow


def spread(without: int, *, learned: bool = False, everywhere: bool = False) -> Flow:
    """A mix of neighbors, or of all positions, by where they are: feature by feature."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        return joined(inputs)._replace(
            mixed=x.content | x.mixed,
            selection=x.selection | PLACES,
            reach=EVERYWHERE if everywhere else max(x.reach, READABLE),
            honors=x.honors & ~without,
            equivariant=False,
            learned=learned or x.learned,
        )

    return flow


def moved(without: int) -> Flow:
    """The same numbers at another place."""

    def flow(inputs: tuple[Facts, ...], _: Constants) -> Facts:
        (x,) = inputs
        return x._replace(honors=x.honors & ~without)

    return flow


def turned(inputs: tuple[Facts, ...], _: Constants) -> Facts:
    """Each position's numbers times one that depends on its place alone, from 0 to 1.

    Places are counted from the first of a row on, and not anew in each document of it.
    """
    (x,) = inputs
    return x._replace(
        honors=x.honors & ~bits("segments", PARTS),
        gating=x.gating | PLACES,
        low=min(x.low, 0.0),
        high=max(x.high, 0.0),
        equivariant=False,
        fixed_length=True,
    )
