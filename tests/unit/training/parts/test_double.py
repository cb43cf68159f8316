"""A model of float64 changes nothing for the threads beside it."""

import torch
from torch.nn.modules.module import register_module_forward_hook
from training_runs import STRIPES, curve, described

IN_DOUBLE = described(STRIPES, precision="64-true")


def test_torchs_default_type_stays_what_it_is_while_a_model_computes_in_float64():
    seen = []

    def note(module, given, out):
        if isinstance(module, torch.nn.Linear):
            seen.append((out.dtype, torch.get_default_dtype()))

    hook = register_module_forward_hook(note)
    try:
        curve(IN_DOUBLE)
    finally:
        hook.remove()

    assert set(seen) == {(torch.float64, torch.float32)}


def test_a_run_that_augments_repeats_in_float64():
    assert len({tuple(curve(IN_DOUBLE).items()) for _ in range(5)}) == 1
