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
    "bert": Alias("softmax", "BERT reads in both directions, as every task does that is not causal."),
    "co": Alias(None, "It is a block of two sequences: write task=pairs model.pair=co_attention."),
    "cross": Alias(
        None,
        "It is a use of any mechanism marked X: write task=pairs, or Attention(...)(x, context) in Python.",
    ),
    "distillation": Alias(None, "It is an objective: write objective=distillation objective.teacher=RUN."),
    "dsa": Alias("indexed", "The sparse attention of DeepSeek-V3.2: an index chooses keys."),
    "frequency": Alias("fourier_attention", "The transform that mixes without attention is fourier."),
    "global": Alias("softmax", "Every key may be read. Its opposite is local."),
    "hca": Alias("compressed", "The heavily compressed attention of DeepSeek-V4; csa is its other one."),
    "memory": Alias("persistent_memory", "Learned keys and values beside those of the sequence."),
    "moba": Alias("selected_blocks", "Its relatives are msa, qsa and nsa."),
    "multihead": Alias("softmax", "The number of heads is model.heads=N."),
    "self": Alias("softmax", "Every mechanism mixes a sequence with itself where it is given no other one."),
    "soft": Alias("softmax", "Every key has some weight. Its opposite is hard."),
    "sparse": Alias("top_k", "The largest scores of each query. Weights of learned sparsity: entmax."),
    "transformer-xl": Alias("segment_recurrence", "The memory of a segment is mechanism.memory=N positions."),
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
    return alias and f"'{name}' is {alias.mechanism or 'no mechanism'} here. {alias.note}"
