import pytest
import torch
from torch import nn
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.maps.ablation import importance, without_head
from regard.maps.layers import captured_layers
from regard.models import Attention

CAUSAL = Mask(causal=True)


def model(**options):
    torch.manual_seed(0)
    return nn.ModuleDict({"first": Attention(12, 3, length=8, **options)}).double().eval()


def given(b=2):
    return torch.randn(b, 8, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("options", [{}, {"output_gate": True}, {"absent": "o"}])
def test_without_a_head_the_output_lacks_what_it_has_added(options):
    built, x = model(**options), given()
    with captured_layers(built) as calls:
        whole = built["first"](x, mask=CAUSAL)
    added = torch.einsum("bne,bnec->bnc", calls[0].mixed[:, 1], calls[0].ways[:, 1].expand(2, 8, -1, -1))

    with without_head(built, "first", 1):
        without = built["first"](x, mask=CAUSAL)

    assert_close(whole - without, added)
    assert_close(built["first"](x, mask=CAUSAL), whole)


def test_a_head_gives_its_mean_or_what_it_gives_for_another_example():
    built, x = model(absent="o"), given()
    whole = built["first"](x, mask=CAUSAL)

    with without_head(built, "first", 2, "mean"):
        mean = built["first"](x, mask=CAUSAL)
    with without_head(built, "first", 2, "resample"):
        other = built["first"](x, mask=CAUSAL)

    assert_close(mean[..., 8:], whole[..., 8:].mean((0, 1)).expand(2, 8, 4))
    assert_close(other[..., 8:], whole.flip(0)[..., 8:])
    assert_close(mean[..., :8], whole[..., :8])
    assert_close(other[..., :8], whole[..., :8])


def test_the_importance_of_a_head_is_the_change_without_it():
    built, x = model(), given()

    def loss():
        return built["first"](x, mask=CAUSAL).square().mean()

    found = importance(built, loss)

    whole = loss()
    with without_head(built, "first", 2):
        assert_close(found["first"][2], (loss() - whole).detach())
    assert found["first"].shape == (3,)


def test_what_is_not_there_is_refused():
    built, x = model(), given(b=1)
    with (
        pytest.raises(InvalidOption, match=r"no attention layer 'second'. It has: first"),
        without_head(built, "second", 0),
    ):
        pass
    with (
        pytest.raises(InvalidOption, match="no head 3: it has 3, counted from 0"),
        without_head(built, "first", 3),
    ):
        pass
    with pytest.raises(InvalidOption, match="several examples"), without_head(built, "first", 0, "resample"):
        built["first"](x)
