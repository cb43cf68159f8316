import shutil

import pytest
import torch
from dense_flex import on_any_device
from judged_apart import said
from torch.testing import assert_close

from regard.attention import Bias, Mask, Size
from regard.attention.bases.banded import Banded
from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.kernel_form import Workload
from regard.attention.kernels.flex import Flex, Reach, _block_mask_of_band, _filled_blocks
from regard.attention.laws import MECHANISM_LAWS, MechanismSubject
from regard.core.errors import InvalidOption
from regard.mechanisms import MECHANISMS

BANDED = "local", "dilated", "global_tokens"
LAWS = (
    "forms",
    "padding_nan",
    "padding_content",
    "hidden_keys",
    "fully_masked_rows",
    "segments",
    "slopes",
    "table",
    "window",
    "weights_times_values",
    "ties",
    "inputs_untouched",
)
READING = "softmax", "gated", "differential", "log_temperature", "cosine"
READING_LAWS = (
    "window",
    "segments",
    "slopes",
    "table",
    "start",
    "grouped",
    "any_cut",
    "as_edges",
    "cross_lengths",
    "biases_agree",
    "bias_by_head",
    "fully_masked_rows",
    "padding_nan",
    "scale",
)
N = 300
"""Three blocks, the last of which is only partly filled."""

CUDA = torch.device("cuda")


def far_apart():
    segments = (torch.arange(N) // 140).expand(2, -1)
    keys = torch.rand(2, N, generator=torch.Generator().manual_seed(0)) > 0.3
    return {
        "all": Mask(),
        "causal": Mask(causal=True),
        "padding": Mask(keys=keys),
        "causal, padding": Mask(causal=True, keys=keys),
        "causal, padding in front": Mask(causal=True, keys=(torch.arange(N) > 200).expand(2, -1)),
        "segments": Mask(segments=segments),
        "window": Mask(window=2),
        "biases": Mask(causal=True, bias=Bias(slopes=torch.tensor([0.5, 0.1]), table=torch.randn(2, 9))),
    }


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", BANDED)
def test_blocks_keep_the_laws_of_the_mechanism(name, law, monkeypatch):
    on_any_device(monkeypatch)
    part = MECHANISMS.find(name)
    monkeypatch.setattr(part, "forms", (*part.forms, "flex"))

    judgment = MECHANISM_LAWS.judge(MechanismSubject(part, find=MECHANISMS.find), law)

    assert judgment.outcome != "broken", judgment.note


@pytest.mark.parametrize("law", READING_LAWS)
def test_softmax_by_blocks_keeps_its_laws(law, monkeypatch):
    on_any_device(monkeypatch)
    part = MECHANISMS.find("softmax")

    judgment = MECHANISM_LAWS.judge(MechanismSubject(part, find=MECHANISMS.find), law)

    assert judgment.outcome != "broken", judgment.note


@pytest.mark.parametrize("key_heads", [2, 1])
@pytest.mark.parametrize("name", READING)
def test_what_reads_by_softmax_gives_by_blocks_what_its_plain_form_gives(name, key_heads, monkeypatch):
    on_any_device(monkeypatch)
    mechanism = MECHANISMS.find(name)(Size(2, 8, 6, N, key_heads=key_heads)).double()
    streams = with_grad(draw(mechanism, b=2, n=N))
    for mask in far_apart().values():
        mechanism.forced_form = "plain"
        expected = mechanism(streams, mask)
        mechanism.forced_form = "flex"
        mixed = mechanism(streams, mask)

        assert_close(mixed, expected, atol=1e-5, rtol=1e-4)
        assert_close(
            gradients(mixed, mechanism, streams),
            gradients(expected, mechanism, streams),
            atol=1e-5,
            rtol=1e-4,
        )


@pytest.mark.parametrize(("n", "m", "start"), [(140, 300, 0), (300, 140, 0), (140, 300, 160), (150, 300, 20)])
def test_queries_and_keys_of_other_lengths(n, m, start, monkeypatch):
    on_any_device(monkeypatch)
    softmax = MECHANISMS.find("softmax")(Size(2, 8, 6, N)).double()
    streams = draw(softmax, b=2, n=n, m=m)
    bias = Bias(table=torch.randn(2, 9), slopes=torch.tensor([0.5, 0.1]))
    for mask in (Mask(start=start, bias=bias), Mask(causal=True, window=40, start=start)):
        softmax.forced_form = "plain"
        expected = softmax(streams, mask)
        softmax.forced_form = "flex"

        assert_close(softmax(streams, mask), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("parts", [(), ("causal",), ("causal", "keys"), ("edges", "window")])
def test_softmax_leaves_to_the_fused_kernel_what_that_reads_as_well(parts):
    softmax = MECHANISMS.find("softmax")(Size(2, 16, 16, 512))

    assert softmax.form_of(Workload(512, CUDA, torch.bfloat16, parts=parts)) == "fused"
    assert softmax.form_of(Workload(512, CUDA, torch.bfloat16, parts=("causal", "window"))) == "flex"


@pytest.mark.parametrize("options", [{"window": 2}, {"window": 100}, {"window": 130}], ids=str)
@pytest.mark.parametrize("name", BANDED)
def test_over_several_blocks_it_is_the_plain_form_with_its_gradients(name, options, monkeypatch):
    on_any_device(monkeypatch)
    mechanism = MECHANISMS.find(name)(Size(2, 8, 6, N), **options).double()
    streams = with_grad(draw(mechanism, b=2, n=N))
    for mask in far_apart().values():
        if not all(getattr(mechanism.traits, "padding" if part == "keys" else part) for part in mask.parts):
            continue
        mechanism.forced_form = "plain"
        expected = mechanism(streams, mask)
        mechanism.forced_form = "flex"
        mixed = mechanism(streams, mask)

        assert_close(mixed, expected, atol=1e-5, rtol=1e-4)
        assert_close(
            gradients(mixed, mechanism, streams),
            gradients(expected, mechanism, streams),
            atol=1e-6,
            rtol=1e-6,
        )


def test_blocks_far_from_the_diagonal_are_skipped():
    filled = _filled_blocks(Reach.of(Mask(causal=True), 1024, 1024, 8), None, torch.device("cpu"))

    assert int(filled.sum()) == 8 + 7


def test_a_position_that_is_set_apart_fills_its_row_and_its_column():
    apart = torch.zeros(1, 1024, dtype=torch.bool)
    apart[0, 300] = True

    filled = _filled_blocks(Reach.of(Mask(), 1024, 1024, 0), apart, torch.device("cpu"))[0]

    assert bool(filled[2].all()) and bool(filled[:, 2].all())
    assert int(filled.sum()) == 8 + 7 + 7 + 7 + 1 - 8


def test_one_block_mask_serves_layers_and_batches_of_one_reach():
    first, again = (_block_mask_of_band(Reach.of(Mask(), N, N, 8), torch.device("cpu")) for _ in range(2))

    assert first is again


def test_a_block_mask_made_in_evaluation_serves_training():
    _block_mask_of_band.cache_clear()
    with torch.inference_mode():
        blocks = _block_mask_of_band(Reach.of(Mask(), N, N, 8), torch.device("cpu"))

    assert not blocks.kv_indices.is_inference()


def test_it_is_preferred_on_cuda_for_many_queries_alone():
    local = MECHANISMS.find("local")(Size(2, 16, 16, 512))

    assert local.form_of(Workload(512, CUDA, torch.bfloat16)) == "flex"
    assert local.form_of(Workload(512, CUDA, torch.float32)) == "flex"
    assert local.form_of(Workload(8, CUDA, torch.float32)) == "fused"
    assert local.form_of(Workload(512, CUDA, torch.float64)) == "fused"
    assert local.form_of(Workload(512, torch.device("cpu"), torch.float32)) == "fused"


@pytest.mark.parametrize(
    ("work", "needed"),
    [
        (Workload(512, torch.device("cpu"), torch.float32), "needs streams on CUDA, and these lie on cpu"),
        (Workload(512, CUDA, torch.float64), "computes in float32 at most"),
        (Workload(512, CUDA, torch.float32), "needs 16 features per head, and here are 8"),
        (
            Workload(512, CUDA, torch.float32, parts=("causal", "edges")),
            "an entry for each pair, such as edges",
        ),
    ],
)
def test_what_it_needs_is_told(work, needed):
    assert needed in (Flex().misfit(Size(2, 8, 8, 512), work) or "")


def test_forced_elsewhere_it_is_refused_in_one_line():
    local = MECHANISMS.find("local")(Size(2, 16, 16, 40))
    local.forced_form = "flex"

    with pytest.raises(
        InvalidOption, match=r"^local: the form 'flex' needs streams on CUDA.*one of plain, fused\.$"
    ):
        local(draw(local, b=1, n=40), Mask())


def test_every_mechanism_of_a_band_has_it():
    banded = [name for name in MECHANISMS.names() if issubclass(MECHANISMS.find(name), Banded)]

    assert sorted(banded) == sorted(BANDED)
    assert all("flex" in MECHANISMS.find(name)(Size(2, 8, 8, 40)).all_forms for name in banded)


# in processes of their own, since torch compiles no function whose shape annotations are executed
COMPILED = """
import torch
from regard.attention import Mask, Size
from regard.attention.checking.inputs import draw
from regard.attention.kernels.flex import Flex
from regard.mechanisms import MECHANISMS

Flex.misfit = lambda form, size, work: None
for name, options in (("local", {}), ("local", {"window": 200}), ("dilated", {"stride": 3})):
    for mask in (Mask(), Mask(causal=True)):
        mechanism = MECHANISMS.find(name)(Size(2, 16, 16, 300), **options)
        streams = draw(mechanism, b=2, n=300, dtype=torch.float32)
        with torch.no_grad():
            expected = mechanism(streams, mask)
            mechanism.forced_form = "flex"
            assert torch.allclose(mechanism(streams, mask), expected, atol=1e-5)
print(torch._dynamo.utils.counters["stats"]["unique_graphs"])
"""
TRACED = """
import functools

import torch
from torch.nn.attention import flex_attention

from regard.attention import Bias, Mask, Size
from regard.attention.checking.gradients import leaves, weighted
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.kernels.flex import Flex
from regard.mechanisms import MECHANISMS

# all that torch does but the kernels: asked whether it can, it refuses a backward pass on a CPU
torch.compile = functools.partial(torch.compile, backend="aot_eager")
flex_attention._validate_device = lambda *tensors: None
Flex.misfit = lambda form, size, work: None

softmax = MECHANISMS.find("softmax")(Size(2, 16, 16, 200))
streams = with_grad(draw(softmax, b=2, n=200, dtype=torch.float32))
slopes, table = torch.tensor([0.5, 0.1], requires_grad=True), torch.randn(1, 9, requires_grad=True)
mask = Mask(causal=True, keys=torch.rand(2, 200) > 0.3, bias=Bias(slopes=slopes, table=table))
learned = [*streams, slopes, table]
softmax.forced_form = "plain"
expected = torch.autograd.grad(weighted(softmax(streams, mask)), learned)
softmax.forced_form = "flex"
mixed = softmax(streams, mask)
# twice, as objectives ask that perturb what is embedded
for again in (True, False):
    found = torch.autograd.grad(weighted(mixed), learned, retain_graph=again)
    for slope, wanted in zip(found, expected):
        assert torch.allclose(slope, wanted, atol=1e-4, rtol=1e-4)
try:
    (slope,) = torch.autograd.grad(softmax(streams, mask).square().sum(), streams.q, create_graph=True)
    slope.sum().backward()
except RuntimeError as refusal:
    print(refusal)
"""


def test_the_backward_pass_that_torch_makes_has_all_gradients_but_second_ones():
    assert "double backward" in said(TRACED)[-1]


@pytest.mark.long
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles for a CPU by a C++ compiler")
def test_compiled_for_a_cpu_it_gives_the_same_and_windows_share_a_kernel():
    assert said(COMPILED)[-1] == "1"
