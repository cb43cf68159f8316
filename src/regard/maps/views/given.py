"""What a model was given, as far as the names of positions follow from it."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import torch
from jaxtyping import Float, Int64
from PIL import Image as Pixels
from torch import Tensor

from regard.core.results.lens import Image
from regard.maps.views.positions import patch_grid

READERS = ("input_ids", "decoder_input_ids")
"""Under which names a model of two sequences takes them: that of the encoder, and that of the decoder."""

MOST_IN_FRONT = 8
"""Positions in front of patches that a model may have: a class token, one for distillation, registers."""

PIXELS = 4
"""Dimensions of a batch of pictures."""


@final
@dataclass(frozen=True, eq=False)
class Given:
    """One example."""

    tokens: Int64[Tensor, " n"] | None
    """Those of the model, or of its encoder."""
    decoded: Int64[Tensor, " n"] | None
    """Those of its decoder, or of the second of two sequences."""
    pixels: Float[Tensor, "channels height width"] | None

    @classmethod
    def of(cls, given: tuple[Any, ...]) -> Self:
        """That of `model(*given)`, or of `model(**given[0])`."""
        named = given[0] if len(given) == 1 and isinstance(given[0], Mapping) else {}
        tensors = [each for each in (*named.values(), *given) if isinstance(each, Tensor)]
        first = next((each for each in tensors if _are_tokens(each)), None)
        encoder, decoder = (named.get(name) for name in READERS)
        pair = next((each for each in tensors if _are_pairs(each)), None)
        if pair is not None:
            return cls(pair[0, 0], pair[0, 1], None)
        tokens = encoder if named else first
        pixels = next((each[0] for each in tensors if each.dim() == PIXELS), None)
        return cls(_only(tokens), _only(decoder), pixels)

    def grid(self, n: int) -> tuple[int, int, int] | None:
        """Rows and columns of the patches that n positions are, and the positions in front of them."""
        if self.pixels is None:
            return None
        try:
            return patch_grid(self.pixels, n, MOST_IN_FRONT)
        except ValueError:
            return None

    def picture(self, n: int) -> Image | None:
        """The picture with its grid, from its darkest number to its lightest; None where there is none."""
        grid = self.grid(n)
        if grid is None:
            return None
        assert self.pixels is not None
        rows, columns, prefix = grid
        return Image(data=_png(self.pixels), rows=rows, columns=columns, prefix=prefix)


def _are_tokens(x: Tensor) -> bool:
    return x.dtype == torch.int64 and x.dim() == 2


def _are_pairs(x: Tensor) -> bool:
    return x.dtype == torch.int64 and x.dim() == 3 and x.shape[1] == 2


def _only(tokens: Any) -> Int64[Tensor, " n"] | None:
    return tokens[0] if isinstance(tokens, Tensor) and _are_tokens(tokens) else None


def _png(pixels: Float[Tensor, "channels height width"]) -> str:
    low, high = pixels.amin(), pixels.amax()
    shades = (255 * (pixels - low) / (high - low).clamp_min(1e-12)).round().to(torch.uint8).cpu()
    rgb = shades[:1].expand(3, -1, -1) if len(shades) < 3 else shades[:3]
    file = io.BytesIO()
    Pixels.fromarray(rgb.permute(1, 2, 0).contiguous().numpy()).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
