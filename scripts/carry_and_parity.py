"""The figures of docs/lens.md: python scripts/carry_and_parity.py CARRY_PROJECT PARITY_PROJECT."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import torch
from torch import Tensor

from regard.attention.bases.recurrent import Recurrent
from regard.attention.capture import Captured
from regard.maps.ablation import without_head
from regard.maps.layers import attention_layers
from regard.maps.look import look
from regard.maps.views import Trained

UNIT, TENS, LAST = 5, 6, 7
"""Where the digits of the answer are asked for: at the sign =, and at the answer's first two digits."""

FIRST, SECOND = 1, 4
"""Where the unit digits of the operands stand."""

LOOKED_AT = 64


def main() -> None:
    """Print them, run by run."""
    carry, parity = map(Path, sys.argv[1:])
    for run in _runs(carry):
        print(f"# {run.run.digest}: {run.label}, seed {run.run.seed}")
        _read_of_units(run)
        _without_heads(run)
    for run in _runs(parity):
        if "delta" in run.label:
            print(f"# {run.run.digest}: {run.label}")
            _what_tokens_do(run)


def _runs(project: Path) -> Iterator[Trained]:
    for folder in sorted((project / "runs").iterdir()):
        yield Trained.read(folder)


def _read_of_units(run: Trained) -> None:
    """The share that each head reads of both unit digits where the tens are asked for."""
    samples = run.task.split("test")[:LOOKED_AT]
    for layer in range(len(attention_layers(run.model))):
        rows = [
            look(run.model, x.unsqueeze(0), levels=["weights"]).layers[layer].maps["weights"]
            for x in samples.inputs
        ]
        read = torch.stack(rows)[:, :, TENS, [FIRST, SECOND]].sum(-1).mean(0)
        print(f"layer {layer}, read of the unit digits at the tens: {_said(read)}")


def _without_heads(run: Trained) -> None:
    print("off: unit digit, tens with a carry, tens without, last digit")
    print(f"nothing: {_said(_right(run))}")
    for layer, attention in attention_layers(run.model).items():
        heads = range(attention.size.h)
        for head in heads:
            with without_head(run.model, layer, head):
                print(f"{layer} head {head}: {_said(_right(run))}")
        with ExitStack() as off:
            for head in heads:
                off.enter_context(without_head(run.model, layer, head))
            print(f"{layer}: {_said(_right(run))}")


@torch.no_grad()
def _right(run: Trained) -> Tensor:
    """The shares of right digits over the test split."""
    samples = run.task.split("test")
    guessed = run.model.eval()(samples.inputs).argmax(-1)
    units = torch.tensor(
        [[int(run.task.text(x[at : at + 1])) for at in (FIRST, SECOND)] for x in samples.inputs]
    )
    carried = units.sum(1) >= 10
    right = (guessed == samples.targets).double()
    shares = [right[:, UNIT], right[carried, TENS], right[~carried, TENS], right[:, LAST]]
    return torch.stack([each.mean() for each in shares])


def _what_tokens_do(run: Trained) -> None:
    """By what the tokens 1 and 0 multiply what the memory of the first layer holds at the key of 1."""
    call = look(run.model, torch.tensor([[1, 0]]), levels=["operator"]).layers[0].call.call
    assert isinstance(call, Captured) and isinstance(call.mechanism, Recurrent)
    streams = call.mechanism.prepare(call.streams, call.mask)
    beta, k = streams.beta[0, ..., 0].detach(), streams.k[0].detach()
    alike = (k @ k[:, 0].unsqueeze(-1)).squeeze(-1)
    factors = 1 - beta * alike.square()
    print(f"a 1 multiplies by {_said(factors[:, 0])}, a 0 by {_said(factors[:, 1])}")


def _said(numbers: Tensor) -> str:
    return " ".join(f"{number:.3f}" for number in numbers.tolist())


if __name__ == "__main__":
    main()
