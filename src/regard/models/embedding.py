"""From tokens or pixels to the residual stream."""

from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import pixel_unshuffle

from regard.attention.size import Grid
from regard.core.errors import InvalidOption
from regard.core.shapes import ImageInput

DEVIATION = 0.02
"""Standard deviation of what is looked up rather than computed, as in BERT and GPT-2."""


@final
class TokenEmbedding(nn.Module):
    """A learned vector per token."""

    def __init__(self, vocabulary: int, features: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.empty(vocabulary, features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table from a normal distribution."""
        nn.init.normal_(self.table, std=DEVIATION)

    def forward(self, tokens: Int[Tensor, "b n"]) -> Float[Tensor, "b n c"]:
        """Raises `InvalidOption` for a token outside the vocabulary where torch looks: on a CPU."""
        try:
            return nn.functional.embedding(tokens, self.table)
        except IndexError as error:
            raise InvalidOption(
                f"A token lies outside the vocabulary: tokens are numbers from 0 to {len(self.table) - 1}."
            ) from error


@final
class PatchEmbedding(nn.Module):
    """Square patches, row by row, projected linearly (Dosovitskiy et al. 2020, arXiv 2010.11929, eq. 1)."""

    def __init__(self, image: ImageInput, patch: int, features: int) -> None:
        super().__init__()
        if patch < 1 or image.height % patch or image.width % patch:
            message = (
                f"model.patch={patch} does not divide an image of {image.height} x {image.width} pixels. "
                f"Choose a common divisor."
            )
            raise InvalidOption(message)
        self.patch = patch
        self.grid = Grid(image.height // patch, image.width // patch)
        self.project = nn.Linear(image.channels * patch**2, features)

    def forward(self, images: Float[Tensor, "b channels height width"]) -> Float[Tensor, "b n c"]:
        if not len(images):
            # torch leaves an empty batch of images as it is
            return self.project(images.new_zeros(0, self.grid.length, self.project.in_features))
        return self.project(pixel_unshuffle(images, self.patch).flatten(2).mT)


@final
class ClassToken(nn.Module):
    """A learned vector in front of the sequence, from which the class is read."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.empty(features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the token from a normal distribution."""
        nn.init.normal_(self.token, std=DEVIATION)

    def forward(self, x: Float[Tensor, "b n c"]) -> Float[Tensor, "b n+1 c"]:
        return torch.cat([self.token.expand(len(x), 1, -1), x], 1)
