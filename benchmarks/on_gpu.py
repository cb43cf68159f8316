"""What holds and how fast it is on a GPU: forms, cuts, precision, and times of mechanisms, layers and models.

    python benchmarks/on_gpu.py

Prints one line per finding. Times are medians of CUDA events; every shape is warmed up before any is timed.
"""

import json
import statistics
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from regard import Attention, Grid, Mask, ModelSettings, Size, Spec, list_mechanisms
from regard.attention import Mechanism, Streams
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.mechanisms import MECHANISMS
from regard.models import build
from regard.models.generation import generate, write

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
CAUSAL = Mask(causal=True)
LENGTHS = (1024, 2048, 4096, 8192, 16384, 32768)
TIMED = ("softmax", "linear", "performer", "delta", "local")


def built(name: str, n: int, heads: int = 4, features: int = 32) -> Mechanism:
    """A mechanism on the GPU."""
    size = Size(heads, features, features, n)
    mechanism: Mechanism = MECHANISMS.build(name, size)
    return mechanism.to(DEVICE).eval()


def drawn(mechanism: Mechanism, b: int, n: int, dtype: torch.dtype = torch.float32) -> Streams[Tensor]:
    """Standard normal streams."""
    h = mechanism.size.h
    return Streams(
        **{
            name: torch.randn(b, 1 if stream.shared else h, n, stream.features, device=DEVICE, dtype=dtype)
            for name, stream in mechanism.declared.items()
        }
    )


def error(found: Tensor, expected: Tensor) -> float:
    """The norm of the difference over that of what was expected."""
    return ((found.double() - expected.double()).norm() / expected.double().norm()).item()


def causal_ones() -> list[str]:
    """The mechanisms that stream."""
    return [name for name in list_mechanisms() if MECHANISMS.find(name).traits.streaming]


def cuts_and_forms() -> Iterator[str]:
    """Pieces against all at once, forms against the plain one, bfloat16 against float64 on the CPU."""
    n, cuts = 200, (1, 64, 65, 100, 1, 199, 200)
    for name in causal_ones():
        mechanism = built(name, n)
        streams = drawn(mechanism, 2, n)
        whole = mechanism(streams, CAUSAL)
        state, pieces, first = mechanism.initial_state(2, torch.device(DEVICE)), [], 0
        for stop in sorted({*cuts}):
            piece = streams.map(lambda x, first=first, stop=stop: x[:, :, first:stop])
            mixed, state = mechanism.extend(piece, CAUSAL.rows(first, stop), state)
            pieces.append(mixed)
            first = stop
        exact = built(name, n).cpu().double()
        exact.load_state_dict(mechanism.state_dict())
        expected = exact(streams.map(lambda x: x.cpu().double()), CAUSAL)
        narrow = mechanism(streams.map(lambda x: x.bfloat16()), CAUSAL)
        mechanism.forced_form = "plain"
        plain = mechanism(streams, CAUSAL)
        yield (
            f"{name:10s} pieces {error(torch.cat(pieces, 2), whole):.1e}  plain {error(plain, whole):.1e}  "
            f"float32 {error(whole.cpu(), expected):.1e}  bfloat16 {error(narrow.cpu(), expected):.1e}"
        )


def whole_catalog() -> Iterator[str]:
    """All in float32 and bfloat16 against float64 on the CPU, and whether gradients are finite."""
    n, size = 200, Size(4, 32, 32, 200, grid=Grid(10, 20))
    for name in list_mechanisms():
        exact = MECHANISMS.build(name, size).double().eval()
        mechanism = MECHANISMS.build(name, size).to(DEVICE).eval()
        mechanism.load_state_dict(exact.state_dict())
        mask = Mask(causal=mechanism.traits.causal)
        streams = drawn(mechanism, 2, n).map(lambda x: x.requires_grad_())
        mixed = mechanism(streams, mask)
        expected = exact(streams.map(lambda x: x.detach().cpu().double()), mask).detach()
        mixed.sum().backward()
        slopes = [x.grad for x in streams if x.grad is not None]
        finite = all(bool(slope.isfinite().all()) for slope in slopes)
        narrow = mechanism(streams.map(lambda x: x.detach().bfloat16()), mask).detach()
        yield (
            f"{name:22s} float32 {error(mixed.detach().cpu(), expected):.1e}  "
            f"bfloat16 {error(narrow.cpu(), expected):.1e}  gradients {'finite' if finite else 'NOT FINITE'}"
        )


def median_ms(work: Callable[[], object], rounds: int = 9) -> float:
    """Milliseconds by CUDA events."""
    times = []
    for _ in range(rounds):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


def training_step(mechanism: Mechanism, streams: Streams[Tensor]) -> Callable[[], None]:
    """Forward and backward."""

    def step() -> None:
        mechanism(streams, CAUSAL).sum().backward()

    return step


def crossovers() -> Iterator[str]:
    """Milliseconds of one causal forward and backward pass in bfloat16, b 4, h 16, d 64."""
    yield "length  " + "".join(f"{name:>12s}" for name in TIMED)
    for n in LENGTHS:
        cells = []
        for name in TIMED:
            try:
                mechanism = built(name, n, heads=16, features=64)
                streams = drawn(mechanism, 4, n, torch.bfloat16).map(lambda x: x.requires_grad_())
                step = training_step(mechanism, streams)
                step()
                torch.cuda.synchronize()
                cells.append(f"{median_ms(step):12.2f}")
            except torch.cuda.OutOfMemoryError:
                cells.append(f"{'memory':>12s}")
            torch.cuda.empty_cache()
        yield f"{n:6d}  " + "".join(cells)


def layer_step(layer: nn.Module, x: Tensor) -> None:
    """Forward and backward of a layer."""
    layer(x).sum().backward()


def layers() -> Iterator[str]:
    """A whole layer: separate against merged projections, and the shell against bare projections."""
    for features, heads, n, b in ((256, 8, 256, 16), (1024, 16, 1024, 8)):
        x = torch.randn(b, n, features, device=DEVICE, requires_grad=True)
        kinds = ("separate", "merged")
        shells = [Attention(features, heads, projections=kind).to(DEVICE) for kind in kinds]
        steps = [partial(layer_step, shell, x) for shell in shells]
        for step in steps:
            step()
        separate, merged = (median_ms(step, 31) for step in steps)
        yield f"c={features} n={n} b={b}: separate {separate:.3f} ms, merged {merged:.3f} ms"


def generation() -> Iterator[str]:
    """256 tokens behind a prompt of 16, with a state and without."""
    language = Shape(TokenInput(64, 272, causal=True), TokenOutput(64))
    prompt = torch.randint(64, (16, 16), device=DEVICE)
    for name in ("softmax", "linear", "delta"):
        model = build(language, [Spec(name)], ModelSettings(positions="rotary"), seed=0).to(DEVICE).eval()
        write(generate(model, prompt), 8)
        with_state = median_ms(lambda model=model: write(generate(model, prompt), 256), 3)
        again = median_ms(lambda model=model: reading_again(model, prompt), 3)
        yield f"{name:10s} with state {with_state:8.1f} ms, reading again {again:8.1f} ms"


@torch.no_grad()
def reading_again(model: nn.Module, prompt: Tensor) -> Tensor:
    """A whole pass for each of 256 tokens."""
    for _ in range(256):
        prompt = torch.cat([prompt, model(prompt)[:, -1].argmax(-1, keepdim=True)], 1)
    return prompt


def main() -> None:
    """Everything, room by room."""
    torch.manual_seed(0)
    card = torch.cuda.get_device_name()
    print(json.dumps({"card": card, "torch": torch.__version__}))
    for part in (whole_catalog, cuts_and_forms, generation, layers, crossovers):
        print(f"== {part.__name__}: {(part.__doc__ or '').splitlines()[0]}")
        for line in part():
            print(line, flush=True)


if __name__ == "__main__":
    main()
