"""The laws of a layer, the shell `Attention` around a mechanism: one per file, independent of one another.

for judgment in LAYER_LAWS.check(LayerSubject(Softmax)):
    print(judgment.law, judgment.outcome, judgment.figure)
"""

from regard.laws import Laws
from regard.models.checking import LayerSubject

LAYER_LAWS: Laws[LayerSubject] = Laws("layer", __name__)

__all__ = ["LAYER_LAWS", "LayerSubject"]
