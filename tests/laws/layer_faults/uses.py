"""Faults in what is refused, answered where there is nothing, and traced."""

from dataclasses import replace

import torch

from regard.attention import Bias, Mask
from regard.models import Attention
from regard.models.attention import AttentionState


class NothingRefused(Attention):
    """Checks no input."""

    def _refuse(self, x, context, mask): ...


class MasksNotRefused(Attention):
    """Checks no mask before the convolution reads it."""

    def _refuse_mask(self, mask, x, m): ...


class StatesNotRefused(Attention):
    """Goes on from whatever it is given."""

    def extend(self, x, mask, state):
        length = mask.start if isinstance(mask, Mask) else 0
        known = state if isinstance(state, AttentionState) else self.initial_state(len(x))
        return super().extend(x, mask, AttentionState(known.mechanism, known.tails, len(x), length))


class DividesByTheLength(Attention):
    """Fails where there are no positions."""

    def _finish(self, mixed, x):
        return super()._finish(mixed, x) * (x.shape[1] / x.shape[1])


class LosesTheBatch(Attention):
    """Gives one sequence where there is none."""

    def _finish(self, mixed, x):
        output = super()._finish(mixed, x)
        return output if len(output) else output.new_zeros(1, *output.shape[1:])


class OwnSlopesReplaced(Attention):
    """ALiBi's slopes take the place of a caller's."""

    def biased(self, mask):
        return super().biased(replace(mask, bias=Bias()))


class NormForgotten(Attention):
    """Takes a norm of the output and makes none."""

    def __init__(self, *given, output_norm="none", **options):
        super().__init__(*given, **options)


class ScaleForgotten(Attention):
    """Takes a scale and hands on none."""

    def __init__(self, *given, scale=None, **options):
        super().__init__(*given, **options)


class TracedWithoutGradient(Attention):
    """Traced, it lets no gradient through to its input."""

    def _finish(self, mixed, x):
        return super()._finish(mixed.detach() if torch.compiler.is_compiling() else mixed, x)


class OtherwiseTraced(Attention):
    """Traced, it gives something else."""

    def _finish(self, mixed, x):
        output = super()._finish(mixed, x)
        return output + 1e-3 if torch.compiler.is_compiling() else output


class RemembersTheFirst(Attention):
    """Keeps a number that it has counted: in an exported program it is a constant."""

    calls = 0

    def _finish(self, mixed, x):
        self.calls += 1
        return super()._finish(mixed, x) * (1 + 0.1 * self.calls)


class EndAtTheStart(Attention):
    """Reads a piece over the whole as if it stood at the front."""

    def forward(self, x, context=None, mask=Mask()):
        if context is not None and self.rotary is not None:
            mask = Mask(causal=mask.causal, keys=mask.keys, bias=mask.bias)
        return super().forward(x, context, mask)
