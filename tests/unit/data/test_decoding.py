import torch

from regard.data.decoding import GreedyDecoder, decode_greedily


def saying(tokens):
    return torch.nn.functional.one_hot(tokens, 12).float()


def test_a_model_reads_what_it_wrote_itself():
    seen = []

    def counts_up(inputs, keys):
        seen.append(inputs.tolist())
        return saying(inputs + 1)

    written = decode_greedily(counts_up, torch.tensor([[0, 3], [0, 5]]), count=3)
    assert written.tolist() == [[4, 5, 6], [6, 7, 8]]
    assert seen[0] == [[0, 3], [0, 5]]
    assert seen[-1] == [[0, 3, 4, 5], [0, 5, 6, 7]]


def test_writing_stops_once_every_row_has_ended():
    calls = []

    def counts_down(rows, keys):
        calls.append(rows.shape[1])
        return saying((rows - 1).clamp_min(0))

    given = decode_greedily(counts_down, torch.tensor([[2], [3]]), 8, end=0)
    assert given.tolist() == [[1, 0, 0, 0, 0, 0, 0, 0], [2, 1, 0, 0, 0, 0, 0, 0]]
    assert len(calls) == 3


def test_behind_its_end_a_row_holds_and_reads_nothing_else():
    seen = []

    def counts_round(rows, keys):
        seen.append(rows[0].tolist())
        return saying((rows + 1) % 4)

    assert decode_greedily(counts_round, torch.tensor([[3], [1]]), 5, end=0).tolist() == [
        [0] * 5,
        [2, 3, 0, 0, 0],
    ]
    assert seen[-1] == [3, 0, 0]


def test_what_is_written_is_no_padding():
    seen = []

    def counts_up(inputs, keys):
        seen.append(keys.tolist())
        return saying(inputs + 1)

    decode_greedily(counts_up, torch.tensor([[0, 3]]), 2, keys=torch.tensor([[False, True]]))
    assert seen == [[[False, True]], [[False, True, True]]]


class Own(GreedyDecoder):
    def __call__(self, *given):
        raise AssertionError("read again")

    def decode(self, prompt, count, end, keys):
        return prompt + count + end


def test_a_writer_writes_in_its_own_way():
    assert decode_greedily(Own(), torch.tensor([[1]]), 2, end=3).tolist() == [[6]]
