"""A mechanism whose parameters and buffers have strange names."""

from typing import final

import torch
from torch import nn

from regard.mechanisms.softmax import Softmax

NAMES = ("a/b", "/c", "state/0/exp_avg", "größe", "with space", "#1", "new\nline")


@final
class Strange(Softmax):
    """Softmax whose scores are scaled by parameters that have strange names."""

    def __init__(self, size):
        super().__init__(size)
        for name in NAMES:
            self.register_parameter(name, nn.Parameter(torch.ones(1)))
        self.parts = nn.ParameterDict({"one/two": torch.ones(1)})
        self.register_buffer("a/buffer", torch.full((2,), 3.0))

    def forward(self, streams, mask):
        scale = self.parts["one/two"]
        for name in NAMES:
            scale = scale * getattr(self, name)
        return scale * super().forward(streams, mask)
