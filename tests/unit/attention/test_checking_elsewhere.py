"""A device without numbers, on which what lies elsewhere stands out."""

import pytest
import torch

from regard.attention import Bias, Mask
from regard.attention.checking.elsewhere import ELSEWHERE, NeedsNumbers, OneDevice, OtherDevice, moved

THERE, HERE = torch.ones(2, 3, 3, device=ELSEWHERE), torch.ones(3, 3)


@pytest.mark.parametrize(
    "use",
    [lambda: THERE + HERE, lambda: THERE @ HERE, lambda: torch.einsum("bij,jk->bik", THERE, HERE)],
    ids=["add", "matmul", "einsum"],
)
def test_an_operation_on_two_devices_is_refused(use):
    with OneDevice(), pytest.raises(OtherDevice, match="cpu and meta"):
        use()


def test_single_numbers_and_places_may_lie_on_the_cpu():
    with OneDevice():
        assert (THERE * torch.tensor(2.0)).device == ELSEWHERE
        assert THERE[:, torch.tensor([0, 2])].device == ELSEWHERE


@pytest.mark.parametrize(
    "use",
    [lambda: THERE.sum().item(), lambda: bool(THERE.any()), THERE.nonzero, THERE.cpu],
)
def test_asking_for_numbers_that_are_not_there_says_so(use):
    with OneDevice(), pytest.raises(NeedsNumbers):
        use()


def test_numbers_on_the_cpu_are_read_as_usual():
    with OneDevice():
        assert HERE.sum().item() == 9


def test_every_tensor_of_a_mask_moves():
    edges = torch.ones(1, 3, 3, dtype=torch.bool)
    mask = moved(Mask(causal=True, edges=edges, bias=Bias(slopes=torch.ones(2), table=torch.ones(2, 3))))

    assert mask.parts == ("causal", "edges", "slopes", "table")
    assert all(each.device == ELSEWHERE for each in (mask.edges, mask.bias.slopes, mask.bias.table))
