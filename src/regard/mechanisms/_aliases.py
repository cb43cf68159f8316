"""What other collections call a mechanism, and what that is here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from regard.core.errors import InvalidOption


@final
@dataclass(frozen=True)
class Alias:
    """Another name of a mechanism, or of what is none."""

    mechanism: str | None
    """Its name in the catalog; None for what is no mechanism."""
    note: str
    """How it is used for what the other name means, or what to write instead."""


ALIASES: Mapping[str, Alias] = {
    "adaptive": Alias(
        "adaptive_span", "Each head learns how far it reads. Weights of learned sparsity: entmax."
    ),
    "adversarial": Alias(None, "It is an objective: write objective=adversarial, with any mechanism."),
    "aft": Alias("attention_free", "Its simple form, which takes linear time, is attention_free_simple."),
    "bahdanau": Alias("additive", "Scores of a small network, those of the first attention."),
    "based": Alias("taylor", "Based has layers of local beside it: mechanism=[local,taylor]."),
    "bert": Alias("softmax", "BERT reads in both directions, as every task does that is not causal."),
    "co": Alias(None, "It is a block of two sequences: write task=pairs model.pair=co_attention."),
    "cross": Alias(
        None,
        "It is a use of any mechanism marked X: write task=pairs, or Attention(...)(x, context) in Python.",
    ),
    "deltanet": Alias("delta", "With a decay it is gated_delta."),
    "distillation": Alias(None, "It is an objective: write objective=distillation objective.teacher=RUN."),
    "dsa": Alias("indexed", "The sparse attention of DeepSeek-V3.2: an index chooses keys."),
    "favor": Alias("performer", "Positive orthogonal random features."),
    "fedformer": Alias("fourier_attention", "Its frequency enhanced attention."),
    "flash": Alias(
        "softmax", "FlashAttention is a way to compute it, which the fused form takes where it can."
    ),
    "fnet": Alias("fourier", "The encoder without attention."),
    "fox": Alias("forgetting", "The forgetting transformer."),
    "frequency": Alias("fourier_attention", "The transform that mixes without attention is fourier."),
    "gat": Alias("graph", "With the scores of GATv2."),
    "gfnet": Alias("global_filter", "One learned filter for each feature."),
    "gla": Alias("gated_linear", "With a decay for each feature of the keys."),
    "global": Alias("softmax", "Every key may be read. Its opposite is local."),
    "gqa": Alias("softmax", "Groups of queries share keys: model.key_heads=N."),
    "gsa": Alias("gated_slot", "Slots written by gates."),
    "hca": Alias("compressed", "The heavily compressed attention of DeepSeek-V4; csa is its other one."),
    "isab": Alias("induced", "The block with induced points of the set transformer."),
    "lightning": Alias(None, "It is retention: write mechanism=retention mechanism.lightning=true."),
    "longformer": Alias("global_tokens", "Without global tokens it is local."),
    "luong": Alias("bilinear", 'The "general" scores.'),
    "mamba2": Alias("state_space_dual", "The layer of its state space; what came after it is mamba3."),
    "memory": Alias("persistent_memory", "Learned keys and values beside those of the sequence."),
    "mla": Alias(None, "It is how any mechanism comes by keys and values: write model.projections=latent."),
    "moba": Alias("selected_blocks", "Its relatives are msa, qsa and nsa."),
    "mqa": Alias("softmax", "All queries share one head of keys: model.key_heads=1."),
    "multihead": Alias("softmax", "The number of heads is model.heads=N."),
    "nystromformer": Alias("nystrom", "Softmax attention by way of landmarks."),
    "reformer": Alias("lsh", "Queries and keys are one, as there."),
    "retnet": Alias("retention", "With a rate of decay for each head."),
    "self": Alias("softmax", "Every mechanism mixes a sequence with itself where it is given no other one."),
    "sliding_window": Alias("local", "mechanism.window=N keys on each side."),
    "soft": Alias("softmax", "Every key has some weight. Its opposite is hard."),
    "softmax_one": Alias("sink", "Its score is learned, from 0 on, where it is softmax plus one."),
    "sparse": Alias("top_k", "The largest scores of each query. Weights of learned sparsity: entmax."),
    "sparsemax": Alias(None, "It is entmax at alpha 2: write mechanism=entmax mechanism.alpha=2."),
    "ssmax": Alias("log_temperature", "Scalable softmax."),
    "swin": Alias("window_2d", "Its windows move in every other layer."),
    "transformer-xl": Alias("segment_recurrence", "The memory of a segment is mechanism.memory=N positions."),
    "xsa": Alias("exclusive", "Exclusive self-attention."),
}
"""By the other name. Names that mean the same in both are none: hard is hard."""


def meant_by(name: str) -> str:
    """The name in the catalog that another name stands for; any other name as it is.

    Raises `InvalidOption` for a name that stands for no mechanism.
    """
    alias = ALIASES.get(name)
    if alias is None:
        return name
    if alias.mechanism is None:
        raise InvalidOption(str(alias_note(name)))
    return alias.mechanism


def alias_note(name: str) -> str | None:
    """What an alias is, in a sentence or two; None if the name is no alias."""
    alias = ALIASES.get(name)
    return alias and f"'{name}' is {alias.mechanism or 'no mechanism of its own'} here. {alias.note}"
