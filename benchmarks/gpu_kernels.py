"""The forms that are kernels for CUDA, beside the forms of every device: are they equal, and how fast?

    pip install 'regard[fla]'
    python benchmarks/gpu_kernels.py --out kernels.json
    python benchmarks/gpu_kernels.py local kda --seconds 120 --out kernels.json
    python benchmarks/gpu_kernels.py --tiny --out tiny.json    # the script itself, where there is no GPU

Equality: the relative error of outputs and gradients to those of the plain form in float32, under several
masks, at gates 50 times as large, and cut into pieces; beside it that of the form that is chosen without the
kernel. Times: milliseconds, forward and with backward, causal, bfloat16, b 4, h 32, d 128, the size of the
table in issue 645 of flash-linear-attention. Most of the time goes into compiling and tuning kernels: what
is not reached in the seconds that are given is named at the end. Every finding is written when it is found,
and a kernel that fails is one.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import torch
from on_gpu import CAUSAL, DEVICE, built, drawn
from torch import Tensor

from regard import Mask, list_mechanisms
from regard.attention import Bias, Mechanism, Streams, alibi_slopes
from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.checking.gradients import leaves, weighted
from regard.attention.kernel_form import KernelForm, Workload
from regard.measures.timing import seconds_of
from regard.mechanisms import MECHANISMS

Finding = dict[str, Any]
Given = Streams[Tensor]


@dataclass(frozen=True)
class Sizes:
    """Of everything that is measured."""

    b: int
    heads: int
    features: int
    lengths: tuple[int, ...]
    compared: int
    """Positions where outputs are compared: several blocks and chunks, the last partly filled."""
    seconds: float
    """For how long a call is repeated."""


Part = tuple[Callable[[str, Sizes], Iterator[Finding]], str, Sizes]

FULL = Sizes(4, 32, 128, (1024, 4096, 16384), 300, 0.1)
TINY = Sizes(1, 2, 16, (64,), 40, 0.01)

FIRST = "softmax", "local", "gated_delta", "kda", "gated_linear", "delta", "global_tokens"
"""What is measured first of all that have such a form."""


def with_kernels() -> list[str]:
    """The mechanisms that have a kernel, those that are asked for most in front: of all that read as softmax
    does, softmax.
    """
    parts = {name: MECHANISMS.find(name) for name in list_mechanisms()}
    found = [
        name
        for name, part in parts.items()
        if part.kernel_form is not None and (name == "softmax" or not issubclass(part, SoftmaxRead))
    ]
    return sorted(found, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def equality(name: str, sizes: Sizes) -> Iterator[Finding]:
    """Under each mask, in each type, of the kernel and of the form without it."""
    n = sizes.compared
    mechanism = built(name, n, 4, max(16, sizes.features // 4))
    for dtype in (torch.float32, torch.bfloat16):
        streams = drawn(mechanism, 2, n, dtype).map(lambda x: x.requires_grad_())
        learns = learning(mechanism, n, dtype)
        if learns is None:
            yield {"type": str(dtype), "refused": misfit(mechanism, n, dtype, learns=False)}
            continue
        for what, mask in masks(mechanism, n).items():
            yield from forms_compared(mechanism, streams, mask, learns, {"type": str(dtype), "mask": what})


def loud(name: str, sizes: Sizes) -> Iterator[Finding]:
    """With every gate 50 times as large."""
    n, dtype = sizes.compared, torch.bfloat16
    mechanism = built(name, n, 4, max(16, sizes.features // 4))
    gates = [each for each in mechanism.declared.names if each not in ("q", "k", "v")]
    learns = learning(mechanism, n, dtype)
    if learns is None or not gates:
        return
    streams = drawn(mechanism, 2, n, dtype)
    louder = streams.replace(**{gate: 50 * getattr(streams, gate) for gate in gates})
    louder = louder.map(lambda x: x.requires_grad_())
    yield from forms_compared(mechanism, louder, CAUSAL, learns, {"type": str(dtype), "gates": 50})


@torch.no_grad()
def pieces(name: str, sizes: Sizes) -> Iterator[Finding]:
    """Cut in three, the middle piece a single position, each piece by the form that is chosen for it."""
    n, dtype = sizes.compared, torch.bfloat16
    mechanism = built(name, n, 4, max(16, sizes.features // 4))
    streams = drawn(mechanism, 2, n, dtype)
    mechanism.forced_form = "plain"
    whole = mechanism(streams.map(Tensor.float), CAUSAL)
    mechanism.forced_form = None
    state, mixed, cuts = mechanism.initial_state(2, torch.device(DEVICE)), [], (0, n // 2, n // 2 + 1, n)
    for first, stop in pairwise(cuts):
        piece = streams.map(lambda x, first=first, stop=stop: x[:, :, first:stop])
        read, state = mechanism.extend(piece, CAUSAL.rows(first, stop), state)
        mixed.append(read)
    chosen = mechanism.form_of(Workload(n // 2, torch.device(DEVICE), dtype, learns=False))
    yield {"form": chosen, "output": error(torch.cat(mixed, 2), whole)}


def times(name: str, sizes: Sizes) -> Iterator[Finding]:
    """Milliseconds by length, of the kernel and of the form without it."""
    dtype = torch.bfloat16
    for n in sizes.lengths:
        mechanism = built(name, n, sizes.heads, sizes.features)
        streams = drawn(mechanism, sizes.b, n, dtype).map(lambda x: x.requires_grad_())
        for (what, mask), form in product(timed_masks(mechanism).items(), forms_of(mechanism, n, dtype)):
            mechanism.forced_form = form
            learns = form != kernel_of(mechanism, n, dtype) or learning(mechanism, n, dtype)
            about = {"n": n, "mask": what, "form": form}
            try:
                yield about | timed(mechanism, streams, mask, bool(learns), sizes.seconds)
            except torch.cuda.OutOfMemoryError:
                yield about | {"refused": "memory"}
            torch.cuda.empty_cache()


def timed_masks(mechanism: Mechanism) -> Mapping[str, Mask]:
    """Causal alone; where a kernel is chosen for what else a mask has, that as well."""
    if not isinstance(mechanism, SoftmaxRead):
        return {"causal": CAUSAL}
    slopes = Bias(slopes=alibi_slopes(mechanism.size.h, device=torch.device(DEVICE)))
    return {
        "causal": CAUSAL,
        "causal, window": replace(CAUSAL, window=256),
        "causal, slopes": replace(CAUSAL, bias=slopes),
    }


def timed(mechanism: Mechanism, streams: Given, mask: Mask, learns: bool, seconds: float) -> Finding:
    """Forward, and with backward where it can."""

    def both() -> None:
        mixed = mechanism(streams, mask)
        torch.autograd.grad(mixed, list(streams), torch.ones_like(mixed), allow_unused=True)

    with torch.no_grad():
        found = {"forward": milliseconds(lambda: mechanism(streams, mask), seconds)}
    return found | ({"with backward": milliseconds(both, seconds)} if learns else {})


def milliseconds(call: Callable[[], object], seconds: float) -> float:
    call()
    return round(1000 * seconds_of(call, seconds), 3)


def forms_compared(
    mechanism: Mechanism, streams: Given, mask: Mask, learns: bool, about: Finding
) -> Iterator[Finding]:
    """The kernel, and what is chosen without it, against the plain form in float32."""
    n, dtype = streams.q.shape[2], streams.q.dtype
    wide = streams.map(lambda x: x.detach().float().requires_grad_())
    mechanism.forced_form = "plain"
    expected = mechanism(wide, mask)
    slopes = slopes_of(expected, mechanism, wide, mask) if learns else {}
    for form in forms_of(mechanism, n, dtype):
        mechanism.forced_form = form
        with torch.set_grad_enabled(learns):
            mixed = mechanism(streams, mask)
        made = slopes_of(mixed, mechanism, streams, mask) if learns else {}
        errors = {leaf: error(slope, slopes[leaf]) for leaf, slope in made.items()}
        yield about | {"form": form, "output": error(mixed, expected), "gradients": errors or "not compared"}


def slopes_of(mixed: Tensor, mechanism: Mechanism, streams: Given, mask: Mask) -> dict[str, Tensor]:
    """Gradients to streams, to what the mechanism learns, and to the table of a bias."""
    wanted = leaves(mechanism, streams)
    if mask.bias.table is not None:
        wanted |= {"table": mask.bias.table}
    slopes = torch.autograd.grad(
        weighted(mixed), list(wanted.values()), allow_unused=True, materialize_grads=True
    )
    return dict(zip(wanted, slopes, strict=True))


def masks(mechanism: Mechanism, n: int) -> Mapping[str, Mask]:
    """A few that differ in what a kernel has to do, of those that a mechanism declares."""
    h, traits = mechanism.size.h, mechanism.traits
    keys = torch.rand(2, n, device=DEVICE) > 0.3
    bias = Bias(table=torch.randn(h, 9, device=DEVICE, requires_grad=True))
    found = {"causal": CAUSAL, "causal, padding": replace(CAUSAL, keys=keys)}
    if traits.table and traits.segments:
        documents = (torch.arange(n, device=DEVICE) // 140).expand(2, -1)
        found["table, segments"] = Mask(bias=bias, segments=documents)
    return found


def kernel_of(mechanism: Mechanism, n: int, dtype: torch.dtype) -> str | None:
    """The kernel's name, if it can run here at all."""
    form = mechanism.kernel_form
    return None if form is None or misfit(mechanism, n, dtype, learns=False) else form.name


def forms_of(mechanism: Mechanism, n: int, dtype: torch.dtype) -> list[str]:
    """The form that is chosen without the kernel, and the kernel."""
    kernel = kernel_of(mechanism, n, dtype)
    return [mechanism.best_form(n), *([] if kernel is None else [kernel])]


def learning(mechanism: Mechanism, n: int, dtype: torch.dtype) -> bool | None:
    """Whether the kernel has gradients here; None where it cannot run at all."""
    if kernel_of(mechanism, n, dtype) is None:
        return None
    return misfit(mechanism, n, dtype, learns=True) is None


def misfit(mechanism: Mechanism, n: int, dtype: torch.dtype, *, learns: bool) -> str | None:
    """What the kernel needs and does not find here."""
    form = mechanism.kernel_form
    assert isinstance(form, KernelForm)
    return form.misfit(mechanism.size, Workload(n, torch.device(DEVICE), dtype, learns))


def error(found: Tensor, expected: Tensor) -> float:
    """The norm of the difference over that of what was expected; no number where one is not finite."""
    apart = (found.detach().double() - expected.detach().double()).norm()
    return float(f"{(apart / expected.detach().double().norm().clamp_min(1e-9)).item():.2e}")


def machine() -> Finding:
    """What ran."""
    versions = {}
    for package in ("torch", "triton", "fla-core"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return {"card": torch.cuda.get_device_name() if DEVICE == "cuda" else "none", **versions}


def run(plan: Sequence[Part], seconds: float) -> Iterator[Finding]:
    """All findings of the parts, in their order, and of what fails or is not reached that it is so."""
    start = time.monotonic()
    for part, name, sizes in plan:
        about = {"mechanism": name, "what": part.__name__}
        if time.monotonic() - start > seconds:
            yield about | {"not reached": True}
            continue
        try:
            for finding in part(name, sizes):
                yield about | finding | {"at": round(time.monotonic() - start)}
        except Exception as failure:  # noqa: BLE001 - told among the findings, and the other parts go on
            yield about | {"failed": f"{type(failure).__name__}: {failure}"[:2000]}


def main() -> None:
    """Mechanism by mechanism. Exits with 1 if anything fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="mechanisms; all that have a kernel if none is named")
    parser.add_argument("--seconds", type=float, default=330, help="after which nothing new is begun")
    parser.add_argument("--out", type=Path, default=Path("kernels.json"), help="the file for all findings")
    parser.add_argument("--tiny", action="store_true", help="sizes with which a CPU is done in a minute")
    asked = parser.parse_args()
    torch.manual_seed(0)
    sizes = TINY if asked.tiny else FULL
    plan: list[Part] = []
    for name in asked.names or with_kernels():
        plan += [(part, name, sizes) for part in (equality, loud, pieces, times)]
    findings: list[Finding] = []
    print(json.dumps(machine()), flush=True)
    for finding in run(plan, asked.seconds):
        findings.append(finding)
        print(json.dumps(finding), flush=True)
        asked.out.write_text(json.dumps({**machine(), "findings": findings}, indent=1), "utf-8")
    sys.exit(any("failed" in finding for finding in findings))


if __name__ == "__main__":
    main()
