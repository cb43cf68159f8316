import pytest
import torch
from torch.nn.functional import gelu, layer_norm

from regard.attention import Mask, Size
from regard.attention.checking.inputs import draw
from regard.discovery.language.graph import Graph
from regard.discovery.library import known
from regard.mechanisms import MECHANISMS

SIZE = Size(heads=2, key_features=8, value_features=6, length=24, layer=1, layers=3)
SAME = [name for name in known() if name != "prior_champion"]


def _program(name, size=SIZE):
    torch.manual_seed(0)
    return MECHANISMS.build("program", size, graph=known()[name].text).double().eval()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", SAME)
def test_a_graph_equals_the_entry_of_the_catalog(name, causal):
    torch.manual_seed(0)
    entry, program = MECHANISMS.build(name, SIZE).double().eval(), _program(name)
    parameters = list(entry.parameters())
    for own, given in zip(program.parameters(), parameters, strict=True):
        own.data.copy_(given.data.add_(0.1 * torch.randn_like(given)).view_as(own))
    inputs = draw(program, n=20)
    mask = Mask(causal=causal)
    assert program.traits.causal
    given = inputs if "q" in entry.declared else inputs.map(lambda x: x)
    torch.testing.assert_close(program(inputs, mask), entry(given, mask), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", known())
def test_a_graph_is_the_same_after_json(name):
    graph = known()[name]
    again = Graph.parse(graph.text)
    assert again == graph and again.digest == graph.digest and again.name == name


def test_the_prior_champion_is_what_its_report_says():
    size = Size(heads=2, key_features=8, value_features=8, length=24)
    program = _program("prior_champion", size)
    inputs = draw(program, n=12)
    values = layer_norm(gelu(inputs.v), (8,))
    expected = (inputs.v @ inputs.k.mT / 8**0.5).sigmoid() @ values
    torch.testing.assert_close(program(inputs), expected, atol=1e-9, rtol=1e-9)
