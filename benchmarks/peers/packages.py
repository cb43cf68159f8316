"""Packages with one mechanism each: local-attention, nystrom-attention, performer-pytorch, linformer, and the
layers of Hugging Face's transformers.
"""

from collections.abc import Iterator

import torch
from linformer.linformer import LinformerSelfAttention
from local_attention import LocalAttention
from nystrom_attention import NystromAttention
from pair import Pair, Setting, tensors
from performer_pytorch import FastAttention
from torch import Tensor, nn
from transformers.models.fnet.configuration_fnet import FNetConfig
from transformers.models.fnet.modeling_fnet import FNetBasicFourierTransform
from transformers.models.nystromformer.configuration_nystromformer import NystromformerConfig
from transformers.models.nystromformer.modeling_nystromformer import NystromformerSelfAttention

from regard import Mask, Mechanism, Streams
from regard.mechanisms.fourier import Fourier
from regard.mechanisms.linformer import Linformer
from regard.mechanisms.local import Local
from regard.mechanisms.nystrom import Nystrom
from regard.mechanisms.performer import Performer

WINDOW, LANDMARKS, RANK, RANDOM_FEATURES = 64, 64, 64, 128


def pairs(setting: Setting) -> Iterator[Pair]:
    """All of them that are causal where that is asked for."""
    yield local(setting)
    yield performer(setting)
    if not setting.causal:
        yield nystrom(setting)
        yield nystromformer(setting)
        yield linformer(setting)
        yield fnet(setting)


def local(setting: Setting) -> Pair:
    """Softmax over a window, in both as exact bands."""
    mechanism = Local(setting.size, window=WINDOW)
    theirs = LocalAttention(
        window_size=WINDOW, causal=setting.causal, look_backward=1, look_forward=0 if setting.causal else 1,
        exact_windowsize=True, use_rotary_pos_emb=False,
    )  # fmt: skip
    streams = setting.drawn(mechanism)
    q, k, v = tensors(streams)
    return Pair(
        "local", "local-attention", setting.use(mechanism, streams), lambda: theirs(q, k, v), (q, k, v)
    )


def performer(setting: Setting) -> Pair:
    """Random features, the same in both."""
    mechanism = Performer(setting.size, features=RANDOM_FEATURES)
    theirs = FastAttention(setting.features, RANDOM_FEATURES, causal=setting.causal, no_projection=False)
    mechanism.directions.copy_(theirs.projection_matrix.expand_as(mechanism.directions))
    streams = setting.drawn(mechanism)
    q, k, v = tensors(streams)
    note = "there 1e-4 is added to every feature, and one maximum is taken over all keys, hidden ones too"
    return Pair(
        "performer", "performer-pytorch", setting.use(mechanism, streams), lambda: theirs(q, k, v),
        (q, k, v), note,
    )  # fmt: skip


def nystrom(setting: Setting) -> Pair:
    """A whole layer, since the peer has no other entry; the projections are shared."""
    width = setting.heads * setting.features
    theirs = NystromAttention(
        dim=width, dim_head=setting.features, heads=setting.heads, num_landmarks=LANDMARKS, residual=False
    )
    mechanism, x = Nystrom(setting.size, landmarks=LANDMARKS), _layer_input(setting)

    def ours() -> Tensor:
        q, k, v = (_apart(part, setting) for part in theirs.to_qkv(x).chunk(3, 2))
        out: Tensor = theirs.to_out(_merged(mechanism(Streams(q=q, k=k, v=v), Mask())))
        return out

    return Pair("nystrom", "nystrom-attention", ours, lambda: theirs(x), (x, *theirs.parameters()))


def nystromformer(setting: Setting) -> Pair:
    """The self-attention of transformers' Nystromformer, without its convolution."""
    config = NystromformerConfig(
        hidden_size=setting.heads * setting.features, num_attention_heads=setting.heads,
        num_landmarks=LANDMARKS, segment_means_seq_len=setting.n, conv_kernel_size=1,
        attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    theirs = NystromformerSelfAttention(config)
    theirs.conv_kernel_size = None
    mechanism, x = Nystrom(setting.size, landmarks=LANDMARKS), _layer_input(setting)
    return _with_projections(
        "nystrom", "transformers Nystromformer", mechanism, theirs, (theirs.query, theirs.key, theirs.value),
        x, setting,
    )  # fmt: skip


def linformer(setting: Setting) -> Pair:
    """A whole layer, with shared projections of features and of positions."""
    theirs = LinformerSelfAttention(
        setting.heads * setting.features, setting.n, k=RANK, heads=setting.heads, dropout=0.0
    )
    mechanism, x = Linformer(setting.size, rank=RANK), _layer_input(setting)
    mechanism.keys = nn.Parameter(theirs.proj_k.detach().mT.clone())
    mechanism.values = nn.Parameter(theirs.proj_v.detach().mT.clone())

    def ours() -> Tensor:
        q, k, v = (_apart(into(x), setting) for into in (theirs.to_q, theirs.to_k, theirs.to_v))
        out: Tensor = theirs.to_out(_merged(mechanism(Streams(q=q, k=k, v=v), Mask())))
        return out

    learned = (x, *theirs.parameters(), *mechanism.parameters())
    return Pair("linformer", "linformer", ours, lambda: theirs(x), learned)


def fnet(setting: Setting) -> Pair:
    """The transform of transformers' FNet, by torch's FFT as well."""
    theirs = FNetBasicFourierTransform(FNetConfig(hidden_size=setting.heads * setting.features))
    mechanism = Fourier(setting.size)
    streams = setting.drawn(mechanism)
    x = tensors(streams)[0]

    def there() -> Tensor:
        return _apart(theirs(_merged(x))[0], setting)

    note = "transformers transforms heads side by side, as we do"
    return Pair("fourier", "transformers FNet", setting.use(mechanism, streams), there, (x,), note)


def _with_projections(
    name: str, peer: str, mechanism: Mechanism, theirs: nn.Module, into: tuple[nn.Module, ...], x: Tensor,
    setting: Setting,
) -> Pair:  # fmt: skip
    def ours() -> Tensor:
        q, k, v = (_apart(project(x), setting) for project in into)
        return _merged(mechanism(Streams(q=q, k=k, v=v), Mask()))

    return Pair(name, peer, ours, lambda: theirs(x)[0], (x, *theirs.parameters()))


def _layer_input(setting: Setting) -> Tensor:
    return torch.randn(1, setting.n, setting.heads * setting.features, requires_grad=True)


def _apart(x: Tensor, setting: Setting) -> Tensor:
    """The heads apart."""
    return x.unflatten(2, (setting.heads, setting.features)).transpose(1, 2)


def _merged(x: Tensor) -> Tensor:
    """The heads side by side."""
    return x.transpose(1, 2).flatten(2)
