import pytest
import torch

from regard.optimization.divergence import head_divergences, matched_divergence, value_relations


def maps(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).softmax(-1)


def everywhere(map):
    return torch.ones(map.shape[0], map.shape[2], dtype=torch.bool)


def test_it_is_the_mean_of_the_divergence_by_its_definition():
    teacher, student = maps(3, 2, 5, 7), maps(3, 4, 5, 7, seed=1)

    found = head_divergences(teacher, student, everywhere(teacher))

    for g in range(4):
        for h in range(2):
            each = torch.nn.functional.kl_div(student[:, g].log(), teacher[:, h], reduction="none").sum(-1)
            torch.testing.assert_close(found[g, h], each.mean())


def test_a_map_does_not_diverge_from_itself():
    one = maps(3, 2, 5, 7)

    assert head_divergences(one, one, everywhere(one)).diagonal().abs().max() < 1e-6


def test_rows_of_padding_say_nothing():
    teacher, student = maps(3, 2, 5, 5), maps(3, 2, 5, 5, seed=1)
    rows = torch.arange(5).expand(3, 5) < 3

    found = head_divergences(teacher, student, rows)

    short = [each[:, :, :3] for each in (teacher, student)]
    torch.testing.assert_close(found, head_divergences(*short, rows[:, :3]))


def test_a_zero_of_the_student_is_dear_and_not_infinite():
    teacher = torch.tensor([[[[0.5, 0.5]]]])
    student = torch.tensor([[[[1.0, 0.0]]]])

    assert 5 < head_divergences(teacher, student, everywhere(teacher)) < 20


def test_a_zero_of_the_teacher_costs_nothing():
    teacher, student = torch.tensor([[[[1.0, 0.0]]]]), torch.tensor([[[[0.5, 0.5]]]])

    assert head_divergences(teacher, student, everywhere(teacher)).item() == pytest.approx(0.6931, abs=1e-3)


def test_as_many_heads_are_matched_in_order():
    assert matched_divergence(torch.tensor([[3.0, 0.0], [0.0, 5.0]])) == 4.0


def test_other_numbers_of_heads_are_matched_to_the_nearest():
    assert matched_divergence(torch.tensor([[3.0, 1.0, 2.0], [9.0, 8.0, 7.0]])) == 4.0


def test_value_relations_are_the_softmax_of_scaled_products():
    values = torch.randn(2, 3, 4, 16, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(
        value_relations(values, None)[1, 2, 3], (values[1, 2] @ values[1, 2, 3] / 4).softmax(-1)
    )


def test_what_may_not_be_read_has_no_relation_and_no_gradient_that_is_not_a_number():
    values = torch.randn(1, 1, 3, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    allowed = torch.tensor([[[[True, False, False], [True, True, False], [False, False, False]]]])

    found = value_relations(values, allowed)
    (found**2).sum().backward()

    assert found[0, 0, 0].tolist() == [1, 0, 0]
    assert found[0, 0, 2].tolist() == [0, 0, 0]
    assert torch.isfinite(values.grad).all()
