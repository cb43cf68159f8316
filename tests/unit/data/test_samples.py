import pytest
import torch

from regard.core.errors import InvalidOption
from regard.data.samples import Samples


def three():
    keys = torch.tensor([[True, False], [True, True], [False, True]])
    return Samples(torch.arange(6).view(3, 2), torch.tensor([7, 8, 9]), keys)


@pytest.mark.parametrize(
    "which", [slice(1, 3), torch.tensor([1, 2]), torch.tensor([False, True, True])], ids=str
)
def test_a_selection_keeps_inputs_targets_and_padding_together(which):
    some = three()[which]
    assert len(some) == 2
    assert some.inputs.tolist() == [[2, 3], [4, 5]]
    assert some.targets.tolist() == [8, 9]
    assert some.keys.tolist() == [[True, True], [False, True]]


def test_a_selection_follows_the_given_order():
    assert three()[torch.tensor([2, 0, 0])].targets.tolist() == [9, 7, 7]


def test_all_parts_move_to_a_device():
    moved = three().to("meta")
    assert {moved.inputs.device.type, moved.targets.device.type, moved.keys.device.type} == {"meta"}


def test_without_padding_there_is_none_after_a_selection_and_a_move():
    bare = Samples(torch.zeros(3, 2), torch.zeros(3).long())
    assert bare[:1].keys is None
    assert bare.to("meta").keys is None


def test_parts_of_unequal_number_are_refused():
    with pytest.raises(InvalidOption, match=r"^Samples: 3 inputs have 2 targets\."):
        Samples(torch.zeros(3, 2), torch.zeros(2).long())
    with pytest.raises(InvalidOption, match=r"^Samples: 3 inputs have 1 rows of keys\."):
        Samples(torch.zeros(3, 2), torch.zeros(3).long(), torch.ones(1, 2).bool())
