import json

import pytest
import torch

from regard.attention import Mask, Size
from regard.attention.checking.inputs import draw
from regard.core.errors import InvalidOption
from regard.core.spec import Spec
from regard.discovery.library import known
from regard.mechanisms import MECHANISMS, label
from regard.models.attention import Attention

SIZE = Size(heads=2, key_features=8, value_features=6, length=24)


def test_without_a_graph_it_is_softmax_attention():
    program, softmax = (MECHANISMS.build(name, SIZE).double() for name in ("program", "softmax"))
    inputs = draw(program, n=9)
    torch.testing.assert_close(program(inputs, Mask(causal=True)), softmax(inputs, Mask(causal=True)))


def test_it_claims_what_was_proved():
    def traits(name):
        return MECHANISMS.build("program", SIZE, graph=known()[name].text).traits

    assert traits("linear").time == "n" and traits("softmax").time == "n^2"
    assert traits("sink").mass == "at most 1" and traits("entmax").chooses
    assert not traits("forgetting").equivariant and not traits("differential").weights
    assert traits("cosformer").fixed_length and not traits("linear").edges


def test_a_graph_is_named_shortly():
    spec = Spec.of("program", graph=known()["linear"].text)
    assert label((spec,)) == f"program(graph={known()['linear'].label})"


def test_a_layer_is_without_the_projections_that_its_graph_does_without():
    spec = Spec.of("program", graph=known()["prior_champion"].text)
    layer = Attention(16, 2, mechanism=spec)
    assert layer(torch.randn(2, 5, 16)).shape == (2, 5, 16)
    names = {name for name, _ in layer.named_parameters()}
    assert any(".v." in name for name in names) and not any(".k." in name for name in names)


def test_what_is_no_graph_is_refused():
    with pytest.raises(InvalidOption, match="has to be JSON"):
        MECHANISMS.build("program", SIZE, graph="softmax")
    with pytest.raises(InvalidOption, match="no operation"):
        MECHANISMS.build("program", SIZE, graph=json.dumps({"format": 1, "nodes": [{"op": "eval"}]}))
