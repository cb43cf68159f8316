"""What all parts of a process share: generators of random numbers, and settings of torch."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

Setting = tuple[Callable[[], Any], Callable[[Any], Any]]
"""How a setting is read, and how it is set."""


def _attribute(owner: Any, name: str) -> Setting:
    return lambda: getattr(owner, name), lambda value: setattr(owner, name, value)


def _flushes() -> bool:
    """Whether numbers too small to be normal count as 0; torch has no other way to ask."""
    return bool((torch.tensor(1e-310, dtype=torch.float64) * 0.5 == 0).item())


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "default dtype": (torch.get_default_dtype, torch.set_default_dtype),
        "default device": (torch.get_default_device, torch.set_default_device),
        "number of threads": (torch.get_num_threads, torch.set_num_threads),
        "deterministic algorithms": (
            torch.are_deterministic_algorithms_enabled,
            torch.use_deterministic_algorithms,
        ),
        "float32 matmul precision": (
            torch.get_float32_matmul_precision,
            torch.set_float32_matmul_precision,
        ),
        "gradients": (torch.is_grad_enabled, torch.set_grad_enabled),
        "anomaly detection": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
        "autocast": (
            lambda: torch.is_autocast_enabled("cpu"),
            lambda on: torch.set_autocast_enabled("cpu", on),
        ),
        "flushing of denormal numbers": (_flushes, torch.set_flush_denormal),
        "flash kernel": (torch.backends.cuda.flash_sdp_enabled, torch.backends.cuda.enable_flash_sdp),
        "memory-efficient kernel": (
            torch.backends.cuda.mem_efficient_sdp_enabled,
            torch.backends.cuda.enable_mem_efficient_sdp,
        ),
        "plain kernel": (torch.backends.cuda.math_sdp_enabled, torch.backends.cuda.enable_math_sdp),
        "cuDNN kernel": (torch.backends.cuda.cudnn_sdp_enabled, torch.backends.cuda.enable_cudnn_sdp),
        "cuDNN": _attribute(torch.backends.cudnn, "enabled"),
        "cuDNN benchmark": _attribute(torch.backends.cudnn, "benchmark"),
        "cuDNN deterministic": _attribute(torch.backends.cudnn, "deterministic"),
        "oneDNN": _attribute(torch.backends.mkldnn, "enabled"),
        "order of einsum": _attribute(torch.backends.opt_einsum, "enabled"),
    }
)
"""Settings of torch that change what other parts compute, or how fast."""


def settings() -> dict[str, Any]:
    """Every setting, by name."""
    return {name: read() for name, (read, _) in SETTINGS.items()}


def generators() -> dict[str, Any]:
    """The state of every global generator, by name, as values that can be compared."""
    name, keys, place, *_ = np.random.get_state()
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "Python": random.getstate(),
        "numpy": (name, np.asarray(keys).tobytes(), place),
    }


@contextmanager
def surroundings_restored() -> Iterator[None]:
    """Settings and generators are afterwards what they were before, whatever is done to them inside."""
    before, of_python, of_numpy = settings(), random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(of_python)
            np.random.set_state(of_numpy)
            for name, (read, set_to) in SETTINGS.items():
                if read() != before[name]:
                    set_to(before[name])


def seeded(seed: int) -> None:
    """Seed torch's generator; Python's and numpy's are seeded otherwise every time, as if by the clock."""
    torch.manual_seed(seed)
    unlike = np.random.default_rng().integers(2**31)
    random.seed(int(unlike))
    np.random.seed(int(unlike))
