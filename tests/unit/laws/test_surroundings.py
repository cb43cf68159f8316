"""What all parts of a process share is afterwards as it was before."""

import random

import numpy as np
import pytest
import torch

from regard.laws.surroundings import SETTINGS, generators, seeded, settings, surroundings_restored

CHANGES = {
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "deterministic algorithms": lambda: torch.use_deterministic_algorithms(True),
    "float32 matmul precision": lambda: torch.set_float32_matmul_precision("medium"),
    "gradients": lambda: torch.set_grad_enabled(False),
    "anomaly detection": lambda: torch.autograd.set_detect_anomaly(True),
    "flushing of denormal numbers": lambda: torch.set_flush_denormal(True),
    "flash kernel": lambda: torch.backends.cuda.enable_flash_sdp(False),
    "oneDNN": lambda: setattr(torch.backends.mkldnn, "enabled", False),
    "autocast": lambda: torch.set_autocast_enabled("cpu", True),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_setting_that_is_changed_is_seen_and_restored(name):
    before = settings()

    with surroundings_restored():
        CHANGES[name]()
        changed = settings()

    assert [key for key in SETTINGS if changed[key] != before[key]] == [name]
    assert settings() == before


def test_generators_go_on_as_if_nothing_had_been_drawn():
    before = generators()

    with surroundings_restored():
        seeded(0)
        torch.rand(1), random.random(), np.random.rand()
        assert all(state != before[name] for name, state in generators().items())

    assert generators() == before


def test_one_seed_of_torch_says_nothing_of_the_other_generators():
    with surroundings_restored():
        seeded(5)
        first = generators()
        seeded(5)
        again = generators()

    assert first["torch"] == again["torch"]
    assert first["Python"] != again["Python"] and first["numpy"] != again["numpy"]
