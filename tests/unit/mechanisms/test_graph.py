import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    bias_of,
    collecting,
    drawn,
    masks,
    may_read,
    under,
)
from torch.nn.functional import leaky_relu
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.attention.checking.largest_tensor import LargestTensor
from regard.core.errors import InvalidOption
from regard.core.randomness import generator_of
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.mechanisms.graph import BLOCK, Graph
from regard.models import build


def node_by_node(graph, streams, mask):
    """Every node scores its neighbors, one after the other."""
    q, k, v = streams.q, streams.k, streams.v
    mixed = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b in range(q.shape[0]):
        for i in range(q.shape[2]):
            neighbors = [j for j in range(k.shape[2]) if may_read(mask, b, i, j)]
            for h in range(q.shape[1]) if neighbors else ():
                scores = [
                    leaky_relu(q[b, h, i] + k[b, h, j], graph.slope) @ graph.vector[h, 0]
                    + bias_of(mask, h, i, j)
                    for j in neighbors
                ]
                mixed[b, h, i] = torch.stack(scores).softmax(0) @ v[b, h, neighbors]
    return mixed


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("m", [7, 9])
@under(*EVERY_PART)
def test_a_node_weighs_its_neighbors_by_the_bent_sum(part, m, slope):
    streams, mask, graph = drawn(7, m), masks(*EVERY_PART, n=7, m=m)[part], Graph(SIZE, slope=slope).double()

    assert_close(graph(streams, mask), node_by_node(graph, streams, mask))


def test_gradients_are_those_of_the_plain_sum():
    graph, streams = Graph(SIZE).double(), drawn(6)
    slopes = []
    for mix in (graph, lambda streams, mask: node_by_node(graph, streams, mask)):
        leaves = streams.map(lambda each: each.detach().clone().requires_grad_())
        mix(leaves, Mask()).square().sum().backward()
        slopes.append([*(each.grad for each in leaves), graph.vector.grad.clone()])
        graph.zero_grad()

    assert_close(slopes[0], slopes[1])


def ranks_alike(graph):
    """Whether every query of many ranks the keys in one order."""
    order = graph.weights(drawn(16), Mask()).argsort(-1)
    return bool((order == order[:, :, :1]).all())


def test_which_keys_rank_high_depends_on_the_query_where_the_sum_is_bent():
    assert not ranks_alike(Graph(SIZE).double())
    assert ranks_alike(Graph(SIZE, slope=1.0).double())


def test_no_tensor_holds_the_features_of_every_pair():
    size = Size(1, 16, 16, 64)
    streams = collecting(drawn(64, size=size).map(lambda each: each.float()))

    with LargestTensor() as largest:
        Graph(size)(streams, Mask()).sum().backward()

    assert largest.numbers == 2 * 64 * 64


def test_blocks_of_queries_are_scored_as_the_whole():
    graph, streams = Graph(SIZE).double(), drawn(BLOCK + 6)
    sums = streams.q.unsqueeze(3) + streams.k.unsqueeze(2)

    weights = (leaky_relu(sums, graph.slope) * graph.vector.unsqueeze(2)).sum(-1).softmax(-1)

    assert_close(graph.weights(streams, Mask()), weights)


def test_what_is_no_neighbor_is_not_read():
    streams, edges = drawn(6), torch.eye(6, dtype=torch.bool).expand(2, 6, 6)

    assert_close(Graph(SIZE).double()(streams, Mask(edges=edges)), streams.v)


@pytest.mark.parametrize("slope", [-0.1, 1.5])
def test_a_slope_beyond_the_line_is_refused(slope):
    with pytest.raises(InvalidOption, match="slope must be from 0 to 1"):
        Graph(SIZE, slope=slope)


def test_a_model_of_it_tells_nodes_by_their_edges():
    settings = ModelSettings(layers=2, features=16, heads=2, hidden=16, positions="none")
    model = build(Shape(TokenInput(5, 8, causal=False), TokenOutput(4)), [Spec("graph")], settings, seed=0)
    nodes, edges = (
        torch.randint(5, (2, 8), generator=generator_of(0, "nodes")),
        torch.eye(8, dtype=torch.bool).repeat(2, 1, 1),
    )
    apart = model(nodes, edges=edges)

    assert_close(model(nodes.roll(1, 1), edges=edges), apart.roll(1, 1))
    assert not torch.allclose(model(nodes), apart)
