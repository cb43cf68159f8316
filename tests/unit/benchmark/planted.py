"""A result with planted figures."""

from regard.benchmark import FUSED, UNFUSED, Benchmark, Contender, Facts, tabulate
from regard.core.results import BenchmarkResult, Cell
from regard.core.results.benchmark import Nearness, Times
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS

LENGTHS = (256, 1024, 4096, 16384)
LINEAR = Contender(MECHANISMS.complete(Spec("linear")))
PERFORMER = Contender(MECHANISMS.complete(Spec("performer")))
IDENTITY = Contender(MECHANISMS.complete(Spec("identity")))


def times(median, noise=0.02, ratio=None):
    low, high = median * (1 - noise), median * (1 + noise)
    return Times(
        median_ms=median,
        lower_ms=median * (1 - noise / 2),
        upper_ms=median * (1 + noise / 2),
        low_ms=low,
        high_ms=high,
        ratio=ratio,
    )


MILLISECONDS = {
    FUSED: lambda n: n**2 / 1e6,
    UNFUSED: lambda n: n**2 / 2e5,
    LINEAR: lambda n: n / 1e3 * 2,
    PERFORMER: lambda n: n / 1e3 * 2.02,
    IDENTITY: lambda n: n / 1e6,
}
"""So that linear meets fused softmax at n = 2000 and unfused softmax at n = 400."""

TRAITS = {"causal": True, "streaming": True}


def cell(contender, n):
    if contender is UNFUSED and n > 4096:
        refused = "It would take about 3 s, and the limit is 1 s."
        return Cell(causal=True, length=n, missing={"forward": refused, "training": refused})
    milliseconds = MILLISECONDS[contender](n)
    near = {FUSED: 1e-7, UNFUSED: 1e-7, PERFORMER: 0.3}.get(contender)
    return Cell(
        causal=True,
        length=n,
        flops=1000 * n,
        forward=times(milliseconds, ratio=milliseconds / MILLISECONDS[FUSED](n)),
        training=times(3 * milliseconds, ratio=milliseconds / MILLISECONDS[FUSED](n)),
        forward_bytes=64 * n,
        training_bytes=256 * n,
        nearness=() if near is None else (Nearness(scale=1.0, error=near, mean_error=0.6),),
    )


def planted(lengths=LENGTHS, **changes) -> BenchmarkResult:
    contenders = (LINEAR, PERFORMER, IDENTITY)
    benchmark = Benchmark(contenders=contenders, lengths=lengths, causal=(True,), **changes)
    cells = {(each, (True, n)): cell(each, n) for each in benchmark.contenders for n in lengths}
    natures = {
        each: {"source": "Somebody", "traits": TRAITS, "reads_content": each is not IDENTITY}
        for each in benchmark.contenders
    }
    versions = {"machine": "a planted machine", "torch": "0"}
    return tabulate(benchmark, cells, Facts(benchmark.digest_on(versions), versions, natures, "by hand"))
