"""How our streams reach the Triton kernels of flash-linear-attention, without Triton and without a GPU.

In place of each kernel stands the plain reference that the package keeps of it, with the kernel's own
arguments. So everything is compared but the kernel itself: which argument is which, scales, layouts, types,
memories before and after, padding, and gradients.
"""

import ast
from dataclasses import replace

import pytest
import torch
from peer_files import located, naive
from row_by_row import SIZE, drawn_for
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import with_grad
from regard.attention.kernel_form import Workload
from regard.attention.kernels import flash_linear
from regard.attention.kernels.flash_linear import FlashLinear
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.mechanisms import MECHANISMS

N = 70
KEYS = torch.rand(2, N, generator=torch.Generator().manual_seed(0)) > 0.3
MASKS = {
    "causal": Mask(causal=True),
    "padding": Mask(causal=True, keys=KEYS),
    "padding in front": Mask(causal=True, keys=(torch.arange(N) > 20).expand(2, -1)),
}
MECHANISMS_OF_THEIRS = (
    "delta",
    "gated_delta",
    "kda",
    "comba",
    "gdn2",
    "rwkv7",
    "gated_linear",
    "retention",
    "state_space_dual",
    "gated_slot",
)


def heads_first(*each):
    return [x.transpose(1, 2) for x in each]


def chunk_delta_rule(q, k, v, beta, scale, initial_state, output_final_state):
    q, k, v, beta = heads_first(scale * q.shape[3] ** 0.5 * q, k, v, beta)
    mixed, after = naive("delta_rule").delta_rule_recurrence(q, k, v, beta, initial_state)
    return mixed.transpose(1, 2), after


def chunk_gated_delta_rule(**given):
    return naive("gated_delta_rule").naive_recurrent_gated_delta_rule(**given)


def chunk_kda(**given):
    return naive("kda").naive_recurrent_kda(**given)


def chunk_comba(**given):
    return naive("comba").naive_chunk_comba(**given)


def chunk_gdn2(**given):
    return naive("gdn2").naive_recurrent_gdn2(**given)


def chunk_dplr_delta_rule(*, q, scale, initial_state, output_final_state, **rest):
    given = heads_first(scale * q.shape[3] ** 0.5 * q, *(rest[name] for name in ("k", "v", "a", "b", "gk")))
    mixed, after = naive("generalized_delta_rule/dplr").dplr_recurrence(*given, initial_state)
    return mixed.transpose(1, 2), after


def chunk_gla(q, k, v, g, scale, initial_state, output_final_state):
    recurrent = naive("gla").naive_recurrent_gla
    return recurrent(scale * q.shape[3] ** 0.5 * q, k, v, g, initial_state, output_final_state)


def chunk_simple_gla(**given):
    return naive("simple_gla").naive_recurrent_simple_gla(**given)


def chunk_gsa(**given):
    return naive("gsa").naive_recurrent_gsa(**given)


KERNELS = {
    each.__name__: each
    for each in (
        chunk_delta_rule,
        chunk_gated_delta_rule,
        chunk_kda,
        chunk_comba,
        chunk_gdn2,
        chunk_dplr_delta_rule,
        chunk_gla,
        chunk_simple_gla,
        chunk_gsa,
    )
}


@pytest.fixture
def by_references(monkeypatch):
    """Lets the form compute on a CPU, in float32 as well, and counts how often it does."""
    calls = []

    def function_of(name):
        calls.append(name)
        return KERNELS[name.rpartition(".")[2]]

    monkeypatch.setattr(FlashLinear, "misfit", lambda form, size, work: None)
    monkeypatch.setattr(flash_linear, "function_of", function_of)
    return calls


def built(name):
    torch.manual_seed(0)
    mechanism = MECHANISMS.find(name)(replace(SIZE, length=N))
    for parameter in mechanism.parameters():
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    return mechanism, with_grad(drawn_for(mechanism, N).map(torch.Tensor.float))


@pytest.mark.parametrize("name", MECHANISMS_OF_THEIRS)
def test_the_kernel_is_given_what_the_plain_form_reads(name, by_references):
    mechanism, streams = built(name)
    for mask in MASKS.values():
        mechanism.forced_form = "plain"
        expected = mechanism(streams, mask)
        mechanism.forced_form = "triton"
        mixed = mechanism(streams, mask)

        assert_close(mixed, expected, atol=1e-5, rtol=1e-5)
        assert_close(
            gradients(mixed, mechanism, streams),
            gradients(expected, mechanism, streams),
            atol=1e-4,
            rtol=1e-4,
        )
    assert len(by_references) == len(MASKS)


@pytest.mark.parametrize("name", MECHANISMS_OF_THEIRS)
def test_pieces_go_on_from_the_memory_of_the_kernel(name, by_references):
    mechanism, streams = built(name)
    mechanism.forced_form = "plain"
    expected = mechanism(streams, MASKS["padding"])
    state, pieces = mechanism.initial_state(2), []
    for first, stop, form in ((0, 30, "triton"), (30, 31, "plain"), (31, N, "triton")):
        mechanism.forced_form = form
        piece = streams.map(lambda x, first=first, stop=stop: x[:, :, first:stop])
        mixed, state = mechanism.extend(piece, MASKS["padding"].rows(first, stop), state)
        pieces.append(mixed)

    assert_close(torch.cat(pieces, 2), expected, atol=1e-5, rtol=1e-5)
    assert type(state) is type(mechanism.initial_state(2))
    assert len(by_references) == 2


@pytest.mark.parametrize("name", MECHANISMS_OF_THEIRS)
def test_narrow_streams_are_multiplied_narrow_and_decays_stay_wide(name, by_references, monkeypatch):
    mechanism, streams = built(name)
    given = {}

    def recorded(place):
        def kernel(**each):
            given.update(each)
            return KERNELS[place.rpartition(".")[2]](**each)

        return kernel

    monkeypatch.setattr(flash_linear, "function_of", recorded)
    mechanism.forced_form = "triton"
    mixed = mechanism(streams.map(torch.Tensor.bfloat16), MASKS["causal"])

    assert mixed.dtype == torch.bfloat16
    narrow = {key: x.dtype for key, x in given.items() if isinstance(x, torch.Tensor) and x.ndim < 5}
    state = torch.utils._pytree.tree_leaves(given["initial_state"])
    assert all(each.dtype == torch.float32 for each in state)
    assert {key for key, dtype in narrow.items() if dtype == torch.float32} - {"initial_state"} <= {"g", "gk"}
    assert all(x.is_contiguous() for x in given.values() if isinstance(x, torch.Tensor))


@pytest.mark.parametrize("name", MECHANISMS_OF_THEIRS)
def test_the_kernel_has_these_arguments(name, by_references):
    form = MECHANISMS.find(name).kernel_form
    module, _, function = form.function.rpartition(".")
    initial = ast.parse(located("fla-core", f"fla/ops/{module}/__init__.py").read_text("utf-8"))
    imported = {each.name for node in initial.body if isinstance(node, ast.ImportFrom) for each in node.names}
    assert function in imported

    folder = located("fla-core", f"fla/ops/{module}")
    trees = [ast.parse(path.read_text("utf-8")) for path in folder.rglob("chunk.py")]
    (found,) = (
        node
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == function
    )
    mechanism, streams = built(name)
    prepared = mechanism.prepare(streams, Mask())
    given = {form.renamed.get(each, each) for each in prepared.names}
    known = {argument.arg for argument in found.args.args}
    assert given | {"scale", "initial_state", "output_final_state"} <= known
    required = [argument.arg for argument in found.args.args][: -len(found.args.defaults) or None]
    assert set(required) <= given


def test_second_derivatives_are_refused(by_references):
    mechanism, streams = built("delta")
    mechanism.forced_form = "triton"
    mixed = mechanism(streams, MASKS["causal"])

    with pytest.raises(UnsupportedUse, match="no second derivatives"):
        torch.autograd.grad(mixed.square().sum(), list(streams), create_graph=True)


CUDA = torch.device("cuda")
WIDE = Size(2, 300, 64, 512)


@pytest.mark.parametrize(
    ("size", "work", "needed"),
    [
        (SIZE, Workload(512, torch.device("cpu"), torch.bfloat16), "needs streams on CUDA"),
        (SIZE, Workload(512, CUDA, torch.float32), "multiplies in bfloat16 or float16"),
        (WIDE, Workload(512, CUDA, torch.bfloat16), "keys of 256 features at most, and here are 300"),
        (SIZE, Workload(512, CUDA, torch.bfloat16), "has wrong gradients on this GPU"),
    ],
)
def test_what_it_needs_is_told(size, work, needed, monkeypatch):
    monkeypatch.setattr(flash_linear, "_installed", lambda package: True)
    monkeypatch.setattr(flash_linear, "_wrong_backward", lambda device: True)

    assert needed in (MECHANISMS.find("gated_delta").kernel_form.misfit(size, work) or "")


def test_without_gradients_or_decays_of_heads_the_version_of_triton_does_not_matter(monkeypatch):
    monkeypatch.setattr(flash_linear, "_installed", lambda package: True)
    monkeypatch.setattr(flash_linear, "_wrong_backward", lambda device: True)
    work = Workload(512, CUDA, torch.bfloat16)

    assert MECHANISMS.find("gated_delta").kernel_form.misfit(SIZE, replace(work, learns=False)) is None
    assert MECHANISMS.find("kda").kernel_form.misfit(SIZE, work) is None


@pytest.mark.parametrize(
    ("version", "wrong"), [("3.3.1", False), ("3.4.0", True), ("3.7.0", True), ("3.7.1+git1", False)]
)
def test_the_versions_of_triton_with_wrong_gradients(version, wrong, monkeypatch):
    monkeypatch.setattr(flash_linear.metadata, "version", lambda package: version)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    flash_linear._wrong_backward.cache_clear()

    assert flash_linear._wrong_backward(CUDA) is wrong
    flash_linear._wrong_backward.cache_clear()


def test_where_it_can_run_it_is_preferred_for_many_positions(by_references):
    mechanism, _ = built("kda")

    assert mechanism.form_of(Workload(512, CUDA, torch.bfloat16)) == "triton"
    assert mechanism.form_of(Workload(40, CUDA, torch.bfloat16)) == "chunked"
    assert mechanism.form_of(Workload(1, CUDA, torch.bfloat16)) == "plain"


def test_forced_on_a_cpu_it_is_refused_in_one_line():
    mechanism, streams = built("kda")
    mechanism.forced_form = "triton"

    with pytest.raises(
        InvalidOption, match=r"^kda: the form 'triton' needs streams on CUDA.*plain, chunked\.$"
    ):
        mechanism(streams, MASKS["causal"])
