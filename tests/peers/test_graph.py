import pytest
import torch
from row_by_row import drawn
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.mechanisms.graph import Graph

NODES, HEADS, FEATURES = 12, 2, 4


def heads_of(projected):
    return projected.view(1, NODES, HEADS, FEATURES).transpose(1, 2)


def test_it_is_the_graph_attention_of_pytorch_geometric_where_values_are_the_keys():
    geometric = pytest.importorskip("torch_geometric.nn")
    peer, size = geometric.GATv2Conv(6, FEATURES, HEADS, add_self_loops=False, bias=False), Size(2, 4, 4, 12)
    nodes, graph = torch.randn(NODES, 6), Graph(size)
    graph.vector.data = peer.att.detach().view(HEADS, 1, FEATURES)
    edges = torch.rand(NODES, NODES, generator=torch.Generator().manual_seed(0)) < 0.4
    # there the left matrix is that of what is read, and an edge goes from what is read
    keys, queries = heads_of(peer.lin_l(nodes)), heads_of(peer.lin_r(nodes))

    mixed = graph(drawn(NODES, size=size).replace(q=queries, k=keys, v=keys), Mask(edges=edges[None]))

    expected = peer(nodes, edges.T.nonzero().T)
    assert_close(mixed.transpose(1, 2).flatten(2)[0], expected, atol=1e-5, rtol=1e-5)
