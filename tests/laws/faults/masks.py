"""Faults in the other parts of the mask."""

import dataclasses

from torch import Tensor

from faults.sound import Warm
from regard.attention import Mask, Traits


class EdgesIgnored(Warm):
    """Accepts edges and reads everything."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(q, k, v, dataclasses.replace(mask, edges=None))


class EdgesTransposed(Warm):
    """Reads along the edges in the wrong direction."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        if mask.edges is None or q.shape[2] != k.shape[2]:
            return super().forward(q, k, v, mask)
        return super().forward(q, k, v, dataclasses.replace(mask, edges=mask.edges.mT))


class WindowOneTooWide(Warm):
    """Reads one key too far on each side."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        wide = mask if mask.window is None else dataclasses.replace(mask, window=mask.window + 1)
        return super().forward(q, k, v, wide)


class WindowOneTooNarrow(Warm):
    """Reads one key too few on each side."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        narrow = dataclasses.replace(mask, window=mask.window - 1) if mask.window else mask
        return super().forward(q, k, v, narrow)


class SlopesIgnored(Warm):
    """Accepts slopes and adds no bias."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(q, k, v, dataclasses.replace(mask, slopes=None))


class SlopesReward(Warm):
    """Adds the distance where it is to be subtracted."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        turned = mask if mask.slopes is None else dataclasses.replace(mask, slopes=-mask.slopes)
        return super().forward(q, k, v, turned)


class MasksSwallowed(Warm):
    """Declares no mask, and takes every one without a word (lucidrains' linformer, HF's interface)."""

    traits = Traits(source="this test", time="n^2", memory="n^2", streaming=True, limit="warmth 1")

    def refuse_undeclared(self, q: Tensor, k: Tensor, mask: Mask) -> None:
        pass

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(q, k, v, Mask())
