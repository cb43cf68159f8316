"""Softmax attention by torch's fused kernel, under any mask."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from regard.attention.mask import Mask


def fused_attention(
    q: Float[Tensor, "b h n d"],
    k: Float[Tensor, "b h m d"],
    v: Float[Tensor, "b h m e"],
    mask: Mask,
) -> Float[Tensor, "b h n e"]:
    """softmax(q kT / sqrt d + bias) v over the keys that the mask leaves; a row with none gives 0."""
    if mask.parts in ((), ("causal",)):
        return scaled_dot_product_attention(q, k, v, is_causal=mask.causal)
    n, m = q.shape[2], k.shape[2]
    k, v = mask.readable(k), mask.readable(v)
    allowed, bias = mask.allowed(n, m, q.device), mask.bias(n, m)
    if bias is None:
        return scaled_dot_product_attention(q, k, v, attn_mask=allowed)
    # the kernel takes either booleans or something to add
    bias = bias.to(q.dtype)
    added = bias if allowed is None else bias.masked_fill(~allowed, -torch.inf)
    return scaled_dot_product_attention(q, k, v, attn_mask=added)
