"""A mechanism's own penalty is part of what training minimizes."""

from dataclasses import replace

import pytest
from training_runs import MODEL, described

from regard.core.errors import InvalidOption
from regard.core.spec import Spec
from regard.training import fit, fit_packed, load

PENALIZED = '''
import torch
from torch import nn
from regard.attention import Cost, Mask, Mechanism, Traits

class Penalized(Mechanism):
    """Each position keeps its value; a number that nothing else needs is pulled toward 0."""

    traits = Traits(source="none", time="1", memory="n", causal=True, padding=True)

    def __init__(self, size):
        super().__init__(size)
        self.span = nn.Parameter(torch.ones(()))

    def forward(self, streams, mask):
        return mask.readable(streams.v)

    def cost(self, n, m, mask=Mask()):
        return Cost(matmul_flops=0, state_numbers=0)

    def auxiliary(self):
        return self.span.square()
'''


@pytest.fixture
def run(tmp_path):
    file = tmp_path / "penalized.py"
    file.write_text(PENALIZED)
    described_run = described(model=replace(MODEL, dropout=0.0), epochs=6)
    return replace(described_run, mechanisms=(Spec.of(f"{file}:Penalized"),))


def test_it_is_minimized_with_the_loss(run, tmp_path):
    list(fit(run, tmp_path / "run", device="cpu"))

    assert load(tmp_path / "run").blocks[0].attention.mechanism.span.item() < 0.95


def test_seeds_with_one_are_not_trained_at_once(run):
    with pytest.raises(InvalidOption, match="one by one only"):
        next(fit_packed([run, replace(run, seed=1)], [None, None], "cpu"))
