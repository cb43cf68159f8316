from itertools import islice
from pathlib import Path

import pytest
import torch

from regard import ModelSettings, Spec, list_mechanisms
from regard.attention.bases.guided import Guided
from regard.core.errors import InvalidOption
from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.mechanisms import MECHANISMS
from regard.models import build
from regard.models.generation import Step, fill_behind, generate, write
from regard.models.sampling import Sampling, choose_most_likely

VOCABULARY, LENGTH = 13, 40
LANGUAGE = Shape(TokenInput(VOCABULARY, LENGTH, causal=True), TokenOutput(VOCABULARY))
PADDED = torch.arange(9) >= torch.tensor([[0], [3], [6]])
USERS_OWN = """
from regard import Cost, Mask, Mechanism, Traits

class Mean(Mechanism):
    traits = Traits(source="none", time="n^2", memory="n^2", causal=True, padding=True)

    def forward(self, streams, mask):
        n = streams.q.shape[2]
        allowed = mask.allowed(n, n).expand(len(streams.q), 1, n, n).double()
        return allowed @ streams.v / allowed.sum(-1, keepdim=True).clamp_min(1)

    def cost(self, n, m, mask=Mask()):
        return Cost(matmul_flops=0, other_flops=0)
"""


def streaming() -> list[str]:
    return [name for name in list_mechanisms() if MECHANISMS.find(name).traits.streaming]


def model_of(mechanism: str, **changes: object) -> torch.nn.Module:
    settings = ModelSettings(features=16, heads=2, hidden=32, layers=2, **changes)
    rng = torch.Generator().manual_seed(0)
    model = build(LANGUAGE, [Spec.of(mechanism)], settings, seed=0).double()
    # untrained, a model repeats one token: large weights make it write others
    for parameter in model.parameters():
        if parameter.ndim == 2:
            torch.nn.init.normal_(parameter, generator=rng)
    return model.eval()


def prompt(b: int = 3) -> torch.Tensor:
    return torch.randint(VOCABULARY, (b, 9), generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def by_whole_passes(model, rows, count, keys=None):
    for _ in range(count):
        rows = torch.cat([rows, model(rows, keys)[:, -1:].argmax(-1)], 1)
        keys = None if keys is None else torch.cat([keys, keys.new_ones(len(keys), 1)], 1)
    return rows[:, -count:]


@pytest.mark.parametrize("name", streaming())
@pytest.mark.parametrize("keys", [None, PADDED], ids=["whole", "padded on the left"])
def test_greedy_tokens_with_state_are_those_of_whole_passes(name, keys):
    traits = MECHANISMS.find(name).traits
    if keys is not None and not traits.padding:
        pytest.skip("refuses padding")
    # rotary positions do not reach an index: equal tokens would have equal scores, and rounding would choose
    positions = "sinusoidal" if issubclass(MECHANISMS.find(name), Guided) else "rotary"
    model = model_of(name, positions=positions, convolution=3)
    written = write(generate(model, prompt(), keys=keys), 20)

    assert torch.equal(written, by_whole_passes(model, prompt(), 20, keys))
    assert len(written.unique()) >= 3


def test_a_model_that_streams_reads_every_token_once():
    model, lengths = model_of("softmax"), []
    model.embed.register_forward_hook(lambda module, given, out: lengths.append(given[0].shape[1]))

    write(generate(model, prompt()), 5)

    assert lengths == [9, 1, 1, 1, 1]


def test_a_mechanism_that_does_not_stream_gives_the_same_tokens_from_whole_passes(tmp_path: Path):
    (tmp_path / "own.py").write_text(USERS_OWN)
    model, lengths = model_of(f"{tmp_path / 'own.py'}:Mean"), []
    expected = by_whole_passes(model, prompt(), 6, PADDED)
    model.embed.register_forward_hook(lambda module, given, out: lengths.append(given[0].shape[1]))

    assert not model.streams
    assert torch.equal(write(generate(model, prompt(), keys=PADDED), 6), expected)
    assert lengths == [9, 10, 11, 12, 13, 14]


def test_each_step_tells_the_logits_from_which_its_token_was_chosen():
    model = model_of("delta")
    steps = list(islice(generate(model, prompt()), 4))
    rows = torch.cat([prompt(), *(step.tokens.unsqueeze(1) for step in steps)], 1)

    torch.testing.assert_close(torch.stack([step.logits for step in steps], 1), model(rows)[:, 8:-1])
    assert not steps[-1].logits.requires_grad


def test_a_seed_draws_the_same_tokens_with_state_and_by_whole_passes():
    model = model_of("linear")

    def drawn(seed: int) -> torch.Tensor:
        choose = Sampling(temperature=2.0).drawing_from(generator_of(seed, "generation"))
        return write(generate(model, prompt(), choose), 20)

    assert torch.equal(drawn(0), drawn(0))
    assert not torch.equal(drawn(0), drawn(1))


def saying(*columns: list[int]):
    for column in columns:
        yield Step(torch.tensor(column), torch.zeros(len(column), VOCABULARY))
    raise AssertionError("a step too many was taken")


def test_no_step_is_taken_behind_the_last_end():
    assert write(saying([7, 0], [0, 5]), 6, end=0).tolist() == [[7] + [0] * 5, [0] * 6]
    with pytest.raises(AssertionError, match="a step too many"):
        write(saying([7, 3], [0, 5]), 6, end=0)


def test_no_more_steps_are_taken_than_are_asked_for():
    assert write(saying([7, 0], [0, 5]), 2).tolist() == [[7, 0], [0, 5]]


def test_behind_its_first_end_a_row_holds_nothing_else():
    rows = torch.tensor([[3, 0, 4, 0], [0, 1, 2, 3], [1, 2, 3, 4]])
    assert fill_behind(rows, 5, 0).tolist() == [[3, 0, 0, 0, 0], [0] * 5, [1, 2, 3, 4, 0]]


def test_a_prompt_that_has_nothing_to_go_on_from_is_refused_in_one_line():
    with pytest.raises(InvalidOption, match="a prompt needs a token"):
        next(generate(model_of("softmax"), prompt()[:, :0]))
    with pytest.raises(InvalidOption, match="padding stands behind a prompt"):
        next(generate(model_of("softmax"), prompt(), keys=PADDED.flip(1)))


def test_the_most_likely_token_is_chosen():
    assert choose_most_likely(torch.tensor([[0.1, 3.0, 2.0], [5.0, -1.0, 2.0]])).tolist() == [1, 0]


def test_what_is_written_may_be_read_in_training():
    model = model_of("softmax")
    first, second = islice(generate(model, prompt()), 2)

    weights = torch.ones(VOCABULARY, dtype=torch.float64, requires_grad=True)
    (second.logits * weights).sum().backward()
    model(torch.stack([first.tokens, second.tokens], 1)).sum().backward()

    assert torch.equal(weights.grad, second.logits.sum(0))
