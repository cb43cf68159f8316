"""Every law of a layer, over the whole catalog of mechanisms."""

import pytest
from judged_apart import broken, said
from test_catalog import OPTIONS

from regard.mechanisms import MECHANISMS
from regard.models.laws import LAYER_LAWS, LayerSubject

CASES = [(name, {}) for name in MECHANISMS.names()] + OPTIONS
LONG = ("compiled", "exported")
"""Laws that are tried in the long tests."""

SHORT = [law for law in LAYER_LAWS.names() if law not in LONG]


@pytest.mark.parametrize("name, options", CASES, ids=[f"{name}-{given}" for name, given in CASES])
@pytest.mark.parametrize("laws", [SHORT, pytest.param(LONG, marks=pytest.mark.long)], ids=["short", "long"])
def test_the_shell_around_every_mechanism_keeps_every_law(name, options, laws):
    assert broken(LAYER_LAWS, LayerSubject(MECHANISMS.find(name), options), laws) == []


@pytest.mark.parametrize("name", LAYER_LAWS.names())
def test_every_law_of_a_layer_is_a_sentence(name):
    law = LAYER_LAWS.find(name)

    assert law.name == name
    assert law.sentence.endswith(".")


WHOLE = """
import torch
from regard.mechanisms import MECHANISMS
from regard.models.laws import LayerSubject
from regard.models.checking.subject import draw
for name in {names}:
    subject = LayerSubject(MECHANISMS.find(name))
    torch.compiler.reset()
    torch.compile(subject.furnished(), backend="eager", fullgraph=True)(draw(), mask=subject.mask())
    print(name)
"""


@pytest.mark.long
def test_every_layer_is_traced_as_one_graph():
    # the functions of the library that entmax uses are methods of a class, which torch.compile does not enter
    names = [name for name in MECHANISMS.names() if name != "entmax"]

    assert said(WHOLE.format(names=names)) == names


@pytest.mark.long
def test_a_compiled_layer_gives_what_it_gives_else():
    code = (
        "import torch; from regard import Attention; layer = Attention(16, 4, positions='rotary').eval()\n"
        "x = torch.randn(2, 9, 16); print(torch.allclose(torch.compile(layer)(x), layer(x), atol=1e-5))"
    )

    assert said(code) == ["True"]
