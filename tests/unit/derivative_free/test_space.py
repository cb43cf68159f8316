"""Every number of a model, in a row."""

import pytest
import torch
from moving import bits, closure_of, same_bits, small_model
from torch import nn

from regard.core.errors import InvalidOption
from regard.derivative_free import Moves, Serial, Space


def test_coordinates_follow_names_and_rows():
    space = Space(small_model().named_parameters())

    assert space.size == 12 + 4 + 8 + 2
    assert (space.place(0).name, space.place(0).index) == ("0.weight", 0)
    assert (space.place(13).name, space.place(13).index) == ("0.bias", 1)
    assert (space.place(25).name, space.place(25).index) == ("2.bias", 1)
    with pytest.raises(IndexError):
        space.place(26)


def test_many_coordinates_are_located_as_single_ones_are():
    space = Space(small_model().named_parameters())
    which, indices = space.locate(torch.arange(space.size))

    for i in range(space.size):
        place = space.place(i)
        assert (space.names[which[i]], int(indices[i])) == (place.name, place.index)


def test_tied_parameters_count_once_and_frozen_and_empty_ones_not_at_all():
    model = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2), "c": nn.Linear(2, 2)})
    model["b"].weight = model["a"].weight
    model["c"].weight.requires_grad_(False)
    model["c"].bias = nn.Parameter(torch.empty(0))
    named = [(f"{m}.{p}", getattr(model[m], p)) for m in "abc" for p in ("weight", "bias")]

    assert Space(named).names == ("a.weight", "a.bias", "b.bias")


def test_a_search_without_any_number_is_refused():
    model = small_model().requires_grad_(False)

    with pytest.raises(InvalidOption, match="every parameter is frozen or empty"):
        Space(model.named_parameters())


def test_patterns_choose_among_names():
    assert Space(small_model().named_parameters(), ["2.*", "*.bias"]).names == (
        "0.bias",
        "2.weight",
        "2.bias",
    )
    with pytest.raises(InvalidOption, match=r"No parameter is called like 'embed\.\*'. There are: 0.weight"):
        Space(small_model().named_parameters(), ["embed.*"])


def test_a_cell_of_a_parameter_that_is_not_contiguous_is_the_right_number():
    turned = nn.Parameter(torch.arange(24.0).reshape(4, 2, 3).permute(2, 0, 1))
    space = Space([("turned", turned)])

    assert [space.cell(i).item() for i in range(24)] == turned.flatten().tolist()
    assert space.values(torch.arange(24)).tolist() == turned.flatten().tolist()
    space.cell(5).fill_(-1.0)
    assert turned.flatten()[5] == -1


def test_moves_reach_a_model_that_was_converted_after_the_space_was_made():
    model = small_model(torch.float32)
    space = Space(model.named_parameters())
    model.to(torch.float64)
    closure = closure_of(model)
    evaluator = Serial(space)
    evaluator.begin(closure)

    assert evaluator.losses(Moves.of((0, 0.5))) != closure()
    evaluator.make(Moves.of((0, 0.5)))
    assert space.cell(0).dtype == torch.float64
    assert model[0].weight[0, 0] == space.cell(0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_losses_leave_the_weights_bit_for_bit(dtype):
    model = small_model(dtype)
    space, before = Space(model.named_parameters()), bits(model)
    evaluator = Serial(space)
    evaluator.begin(closure_of(model))

    losses = evaluator.losses(Moves(torch.arange(space.size), torch.full((space.size,), 0.1).double()))

    assert losses.dtype == torch.float64
    assert len(losses.unique()) > 8
    assert same_bits(before, bits(model))


def test_a_number_is_rounded_once_to_the_type_of_its_parameter():
    parameter = nn.Parameter(torch.tensor([1.0], dtype=torch.bfloat16))

    assert Space([("w", parameter)]).moved(Moves.of((0, 1e-4))).tolist() == [1.0]
    assert Space([("w", parameter)]).moved(Moves.of((0, 0.006))).tolist() == [1.0078125]


def test_weights_are_put_back_where_the_closure_raises():
    model = small_model()
    before = bits(model)
    evaluator = Serial(Space(model.named_parameters()))

    def closure():
        raise ValueError

    evaluator.begin(closure)
    with pytest.raises(ValueError):
        evaluator.losses(Moves.of((3, 1.0)))
    assert same_bits(before, bits(model))


@pytest.mark.parametrize("given", [None, "low", torch.zeros(2)])
def test_a_closure_that_returns_no_loss_is_refused_in_one_line(given):
    evaluator = Serial(Space(small_model().named_parameters()))
    evaluator.begin(lambda: given)

    with pytest.raises(InvalidOption, match="must return the loss, one number, and returned"):
        evaluator.incumbent()


def test_a_closure_may_return_a_plain_number():
    evaluator = Serial(Space(small_model().named_parameters()))
    evaluator.begin(lambda: 2)

    assert evaluator.incumbent() == 2.0
