"""Where changes come into a model: one file for each place."""

from regard.incremental.entries.attention_input import IntoAttentionInput
from regard.incremental.entries.entry import Entry
from regard.incremental.entries.feed_forward_input import IntoFeedForwardInput
from regard.incremental.entries.logits import IntoLogits, IntoReadoutInput
from regard.incremental.entries.middle import IntoMiddle
from regard.incremental.entries.nothing import IntoNothing
from regard.incremental.entries.recomputed import IntoBlock, IntoMixing, IntoReadout
from regard.incremental.entries.residual import IntoResidual
from regard.incremental.entries.stream import IntoStream, mixes_channels_apart, values_mixed

__all__ = [
    "Entry",
    "IntoAttentionInput",
    "IntoBlock",
    "IntoFeedForwardInput",
    "IntoLogits",
    "IntoMiddle",
    "IntoMixing",
    "IntoNothing",
    "IntoReadout",
    "IntoReadoutInput",
    "IntoResidual",
    "IntoStream",
    "mixes_channels_apart",
    "values_mixed",
]
