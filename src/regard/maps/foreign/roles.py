"""What a layer of attention is for in a model with an encoder and a decoder."""

from typing import Any

from torch import nn

CROSS = ("cross", "encdec", "encoder_attn")
"""Parts of names under which layers of a decoder read what an encoder gave, in lower case."""


def role_of(model: nn.Module, name: str) -> str:
    """`encoder`, `decoder` or `cross`; empty in a model that has not both."""
    config = getattr(model, "config", None)
    if not getattr(config, "is_encoder_decoder", False):
        return ""
    kind = type(model.get_submodule(name)).__name__
    if any(word in f"{name}.{kind}".lower() for word in CROSS):
        return "cross"
    encoder: Any = model
    inside = encoder.get_encoder().modules()
    return "encoder" if any(part is model.get_submodule(name) for part in inside) else "decoder"
