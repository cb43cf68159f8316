"""In training, answers on validation data are written with a state and in the run's precision."""

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from regard import ModelSettings, Run, Spec, TrainingSettings, fit

SMALL = ModelSettings(layers=1, features=8, heads=2, hidden=8)


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("32-true", torch.float32), ("bf16-mixed", torch.bfloat16), ("64-true", torch.float64)],
)
def test_answers_are_written_with_a_state_in_the_precision_of_training(precision, dtype):
    run = Run(
        task=Spec.of("arithmetic", digits=1, samples=100),
        mechanisms=(Spec.of("delta"),),
        model=SMALL,
        training=TrainingSettings(steps=2, precision=precision),
    )
    written = []

    def note(module, given, out):
        # one position at a time is read only where a state goes on
        if isinstance(module, nn.Linear) and not module.training and given[0].shape[1] == 1:
            written.append(out.dtype)

    hook = register_module_forward_hook(note)
    try:
        scores = [each.value for each in fit(run, device="cpu") if each.name == "validation/score"]
    finally:
        hook.remove()

    assert scores
    assert written
    assert set(written) == {dtype}
