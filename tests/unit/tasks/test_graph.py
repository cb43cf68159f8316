import pytest
import torch

from regard.core.errors import InvalidOption
from regard.core.spec import Spec
from regard.data.samples import IGNORED
from regard.tasks.graph import Graph

SMALL = {"samples": 300, "held_out": 100}
VARIANTS = (
    Spec.of("graph", SMALL),
    Spec.of("graph", SMALL, nodes=13, communities=2, data_seed=1),
    Spec.of("graph", samples=300, held_out=1_000, nodes=11, communities=3),
)
REFUSED = (
    (Spec.of("graph", communities=1), "communities", "1"),
    (Spec.of("graph", nodes=4), "nodes", "8", "4"),
    (Spec.of("graph", samples=10**6), "entries", "Lower"),
    (Spec.of("graph", inside=0.1, between=0.4), "between < inside", "0.4"),
    (Spec.of("graph", inside=0.3, between=0.3), "between < inside", "0.3"),
)


@pytest.fixture(scope="module")
def samples():
    return Graph(**SMALL).split("train")


def test_one_node_of_each_community_is_known(samples):
    known = samples.inputs < 4
    assert torch.equal(known, samples.targets == IGNORED)
    assert all(sorted(row[k].tolist()) == [0, 1, 2, 3] for row, k in zip(samples.inputs, known, strict=True))


@pytest.mark.parametrize("nodes, communities", [(48, 4), (13, 2), (13, 4), (9, 4)])
def test_chance_is_the_share_of_the_best_constant_answer(nodes, communities):
    targets = Graph(nodes=nodes, communities=communities, samples=50, held_out=5).split("train").targets
    shares = [(targets == c).sum(1).double() / (targets != IGNORED).sum(1) for c in range(communities)]
    assert Graph(nodes=nodes, communities=communities).chance == pytest.approx(max(shares[0]))
    assert max(shares[0]) == max(share.max() for share in shares)


def test_graphs_so_small_that_some_are_the_same_are_refused():
    with pytest.raises(InvalidOption, match=r"500 graphs of 4 nodes, .* some are the same. Raise `nodes`"):
        Graph(nodes=4, communities=2, **SMALL).split("train")


def test_edges_are_symmetric_with_one_from_each_node_to_itself(samples):
    assert torch.equal(samples.edges, samples.edges.mT)
    assert samples.edges.diagonal(dim1=1, dim2=2).all()


def test_edges_are_as_likely_as_asked_for(samples):
    community = torch.where(samples.targets == IGNORED, samples.inputs, samples.targets)
    together = community.unsqueeze(2) == community.unsqueeze(1)
    others = ~torch.eye(48, dtype=torch.bool).expand_as(together)
    assert samples.edges[together & others].double().mean() == pytest.approx(0.55, abs=0.01)
    assert samples.edges[~together].double().mean() == pytest.approx(0.1, abs=0.01)


def test_the_edges_tell_communities(samples):
    """Labels spread along edges find most of them, which a guesser does not."""
    belief = torch.nn.functional.one_hot(samples.inputs, 5)[..., :4].double()
    known = (samples.inputs < 4).unsqueeze(-1)
    start = belief.clone()
    for _ in range(8):
        spread = samples.edges.double() @ belief
        spread = spread / spread.sum(-1, keepdim=True).clamp_min(1e-9)
        # sharpened, as many steps would make all alike
        belief = torch.where(known, start, (spread**3) / (spread**3).sum(-1, keepdim=True).clamp_min(1e-9))
    asked = samples.targets != IGNORED
    assert (belief.argmax(-1) == samples.targets)[asked].double().mean() > 0.6
