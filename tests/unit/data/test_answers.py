import torch

from regard.data.answers import fill_slots, next_token_samples, slot_samples
from regard.data.samples import IGNORED

ROWS = torch.tensor([[1, 2, 3, 7, 8], [4, 5, 6, 9, 0]])
"""Three tokens of question, two of answer."""


def saying(tokens):
    return torch.nn.functional.one_hot(tokens, 12).float()


def test_the_causal_form_asks_for_the_next_token_of_the_answer_only():
    samples = next_token_samples(ROWS, question=3)
    assert samples.inputs.tolist() == [[1, 2, 3, 7], [4, 5, 6, 9]]
    assert samples.targets.tolist() == [[IGNORED, IGNORED, 7, 8], [IGNORED, IGNORED, 9, 0]]


def test_the_masked_form_asks_for_the_answer_where_it_belongs():
    samples = slot_samples(ROWS, question=3, mask=11)
    assert samples.inputs.tolist() == [[1, 2, 3, 11, 11], [4, 5, 6, 11, 11]]
    assert samples.targets.tolist() == [[IGNORED] * 3 + [7, 8], [IGNORED] * 3 + [9, 0]]


def test_both_forms_leave_the_rows_as_they_are_and_share_no_memory_with_them():
    kept = ROWS.clone()
    for samples in (next_token_samples(ROWS, 3), slot_samples(ROWS, 3, 11)):
        samples.inputs.fill_(0)
        samples.targets.fill_(0)
    assert torch.equal(ROWS, kept)


def test_slots_are_filled_from_one_pass_over_everything():
    calls = []

    def backwards(inputs, keys):
        calls.append(inputs)
        return saying(inputs.flip(1))

    assert fill_slots(backwards, ROWS, count=2).tolist() == [[2, 1], [5, 4]]
    assert len(calls) == 1
    # the very tensor, so that whoever has sent it through the model can spare the second pass
    assert calls[0] is ROWS
