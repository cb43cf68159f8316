"""Which community does each node belong to?"""

import hashlib
import math
from functools import cached_property
from typing import final

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.samples import IGNORED, Samples
from regard.data.splits import split_in_order
from regard.data.task import SplitName, Task

LARGEST = 2**30
"""Entries of all tables of edges together: 1 GiB."""


@final
class Graph(Task):
    """To which community does each node of this graph belong?

    Stochastic block graphs (Holland et al. 1983): two nodes are joined with the probability `inside` if they
    are of one community, and `between` if not. A graph has `nodes` nodes in `communities` communities. One
    node of each community carries its number; all others are to be told. After CLUSTER of Dwivedi et al.
    2020, arXiv 2003.00982, whose graphs have 40 to 190 nodes, 6 communities and probabilities 0.55 and 0.25.
    The edges, with one from each node to itself, are given in the mask, so only mechanisms that take edges
    can take part, and nodes have no positions: set model.positions=none. How many nodes can be told at all is
    not known; `ceiling` is 1.
    """

    metric = "accuracy"

    def __init__(
        self,
        *,
        nodes: int = 48,
        communities: int = 4,
        inside: float = 0.55,
        between: float = 0.1,
        samples: int = 4_000,
        held_out: int = 500,
        data_seed: int = 0,
    ) -> None:
        self.require_between("communities", communities, 2, 64)
        self.require_between("nodes", nodes, 2 * communities, 2_048)
        self.require_between("samples", samples, 1, 1_000_000)
        self.require_between("held_out", held_out, 1, 100_000)
        self.require(
            0 <= between < inside <= 1,
            f"the probabilities must be 0 <= between < inside <= 1, but are {between} and {inside}.",
        )
        total = samples + 2 * held_out
        self.require(
            total * nodes**2 <= LARGEST,
            f"{total:,} graphs of {nodes:,} nodes have more than {LARGEST:,} entries. "
            f"Lower `samples` or `nodes`.",
        )
        self.nodes, self.communities, self.inside, self.between = nodes, communities, inside, between
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        # a node carries its community's number, or the sign that it is to be told
        self.shape = Shape(TokenInput(communities + 1, nodes, causal=False), TokenOutput(communities))
        # the first community is as large as any, and one of its nodes is known
        self.chance = (math.ceil(nodes / communities) - 1) / (nodes - communities)

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        assert samples.edges is not None
        nodes = samples.inputs.to(torch.int16).numpy()
        edges = samples.edges.numpy()
        return [
            hashlib.blake2b(a.tobytes() + b.tobytes(), digest_size=12).hexdigest()
            for a, b in zip(nodes, edges, strict=True)
        ]

    def show(self, samples: Samples, i: int) -> str:
        assert samples.edges is not None
        edges = int(samples.edges[i].sum() - self.nodes) // 2
        given = samples.inputs[i] < self.communities
        known = [f"node {j} is {samples.inputs[i, j]}" for j in given.nonzero().flatten().tolist()]
        told = " ".join("." if t == IGNORED else str(t) for t in samples.targets[i].tolist())
        return f"{self.nodes} nodes, {edges} edges, {', '.join(known)} -> {told}"

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "graph")
        samples = self._draw(self.samples + 2 * self.held_out, rng)
        self.require(
            len(set(self.identities(samples))) == len(samples),
            f"of {len(samples):,} graphs of {self.nodes} nodes, drawn at random, some are the same. Raise "
            f"`nodes`, or lower `samples` or `held_out`.",
        )
        return split_in_order(samples, self.samples, self.held_out)

    def _draw(self, count: int, rng: torch.Generator) -> Samples:
        """Graphs whose communities are of equal size, as far as the nodes go, in random order of nodes."""
        sizes = torch.arange(self.nodes) % self.communities
        order = torch.rand(count, self.nodes, generator=rng).argsort(1)
        community = sizes[order]
        edges = self._edges(community, rng)
        # the numbers below `communities` stand for one node of each
        known = order < self.communities
        inputs = torch.where(known, community, self.communities)
        return Samples(inputs, community.masked_fill(known, IGNORED), None, edges)

    def _edges(self, community: Int64[Tensor, "s n"], rng: torch.Generator) -> Bool[Tensor, "s n n"]:
        """Symmetric, with an edge from every node to itself."""
        tables = []
        for one in community:
            together = one.unsqueeze(1) == one
            probability = torch.where(together, self.inside, self.between)
            upper = (torch.rand(self.nodes, self.nodes, generator=rng) < probability).triu(1)
            tables.append(upper | upper.T | torch.eye(self.nodes, dtype=torch.bool))
        return torch.stack(tables)
