"""Transformers around any mechanism: embedding, blocks, readout. Knows no task."""

from regard.models.attention import Attention
from regard.models.build import build
from regard.models.generation import generate, write
from regard.models.pair import PairTransformer
from regard.models.sampling import Sampling
from regard.models.transformer import Transformer

__all__ = ["Attention", "PairTransformer", "Sampling", "Transformer", "build", "generate", "write"]
