"""What is asked of the process that measures: functions of a module, whose answers can be pickled."""

import math
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch

from regard.attention import Mask
from regard.attention.claims import claims
from regard.attention.guard import refuse_parts
from regard.benchmark.setup import Setup, stand
from regard.core.errors import RegardError
from regard.core.results.benchmark import Nearness, Pass
from regard.measures import memory
from regard.measures.nearness import errors_of, is_comparable
from regard.measures.stand import Stand
from regard.measures.timing import Call, seconds_of
from regard.training.parts.device import fabric_for

CALLS: Mapping[Pass, Callable[[Stand], Call]] = {
    "forward": lambda each: each.call_forward,
    "training": lambda each: each.call_training,
    "step": lambda each: each.call_step,
}
"""From a stand to the call of each pass."""


PATIENCE = 1.0
"""Seconds of a first call after which there is no second one, only to know how long it takes."""


def machine_of(device: str) -> dict[str, Any]:
    """What a device is called, in words, how its memory is measured, and how many bytes of it are free."""
    found = fabric_for(device, "32-true").device
    free: float
    if found.type == "cuda":
        name, free = torch.cuda.get_device_name(found), torch.cuda.mem_get_info(found)[0]
    else:
        name = f"{found.type}, {torch.backends.cpu.get_cpu_capability()}, {os.cpu_count()} cores"
        free = _free_bytes()
    return {"device": str(found), "machine": name, "free": free, "memory_method": memory.method(found)}


def _free_bytes() -> float:
    """Memory that is free, or all where the system does not tell that; infinite where it tells nothing."""
    known = getattr(os, "sysconf_names", {})
    pages = next((name for name in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES") if name in known), None)
    return math.inf if pages is None else os.sysconf("SC_PAGE_SIZE") * os.sysconf(pages)


def nature_of(setup: Setup) -> dict[str, Any]:
    """What a mechanism is with its options: source, claims, and whether it reads anything but values.

    Raises what its constructor raises.
    """
    mechanism = setup.mechanism()
    return {
        "source": mechanism.traits.source,
        "traits": claims(mechanism),
        "reads_content": any(each.features for name, each in mechanism.declared.items() if name != "v"),
    }


def passes_of(setup: Setup) -> tuple[Pass, ...]:
    """The passes that a mechanism declares under the mask. Raises `UnsupportedUse` if there is none."""
    mechanism = setup.mechanism()
    refuse_parts(mechanism, Mask(causal=setup.causal))
    steps = setup.causal and mechanism.traits.streaming
    return ("forward", "training", "step") if steps else ("forward", "training")


def count_flops(setup: Setup) -> int:
    """By the formula, under the mask."""
    return stand(setup).flops


def peak_of(setup: Setup, kind: Pass) -> int:
    """Bytes of a pass; of a step those of the state."""
    one = stand(setup)
    return one.state_bytes if kind == "step" else one.peak_of(CALLS[kind](one))


def try_out(setup: Setup, kind: Pass) -> float:
    """The seconds of one call, once another has warmed up everything of this shape, unless that took long."""
    one = stand(setup)
    call = CALLS[kind](one)
    first = _seconds(call, one.device)
    return first if first > PATIENCE else _seconds(call, one.device)


def _seconds(call: Call, device: torch.device) -> float:
    begin = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin


def seconds_of_pass(setup: Setup, kind: Pass, seconds: float, threads: int) -> float:
    """The seconds of a pass now, in one round."""
    return seconds_of(CALLS[kind](stand(setup)), seconds, threads)


def nearness_of(setup: Setup) -> tuple[Nearness, ...]:
    """How near the output is to exact softmax, at each scale; empty where nothing is declared of it."""
    one = stand(setup)
    if not is_comparable(one.mechanism):
        return ()
    return tuple(
        Nearness(scale=scale, error=error, mean_error=mean)
        for scale in setup.benchmark.scales
        for error, mean in [_finite(errors_of(one.mechanism, one.streams, one.mask, scale))]
    )


def _finite(errors: tuple[float, float]) -> tuple[float, float]:
    if not all(map(math.isfinite, errors)):
        raise RegardError("The output is not finite.")
    return errors
