"""What `regard.lens` gives: maps as tensors, and the same as a page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from torch import Tensor

from regard.core.errors import InvalidOption
from regard.core.files import write
from regard.core.results import LensResult
from regard.core.results.lens import LayerFacts, LensModel
from regard.core.run import DIGEST_LENGTH
from regard.maps.layers import LayerCall
from regard.maps.look import LayerMaps, Look
from regard.maps.views import plain_view
from regard.report.lens import framed, render_lens


@final
@dataclass(frozen=True, eq=False)
class Seen:
    """One example through one model. In a notebook it is shown as a page."""

    look: Look
    names: tuple[str, ...]
    """What stands at each position."""
    title: str

    @property
    def logits(self) -> Tensor:
        """What the model answers."""
        return self.look.logits

    @property
    def layers(self) -> tuple[LayerMaps, ...]:
        """The maps, layer by layer."""
        return self.look.layers

    def to_result(self) -> LensResult:
        """The same as plain data, with maps as bytes."""
        view = plain_view(self.look, self.names)
        layers = tuple(_facts(layer.call) for layer in self.layers)
        model = LensModel(label=self.title, about="", layers=layers, views=(view,))
        digest = hashlib.sha256(repr(view).encode()).hexdigest()[:DIGEST_LENGTH]
        return LensResult(digest=digest, title=self.title, models=(model,))

    def write(self, path: Path | str) -> Path:
        """Put the page into a file. Raises `Unwritable`."""
        path = Path(path).expanduser()
        write(path, render_lens(self.to_result()).encode("utf-8", "replace"))
        return path

    def _repr_html_(self) -> str:
        """The page in a frame that can reach nothing outside."""
        return framed(render_lens(self.to_result()))


def named(names: Sequence[str] | None, look: Look) -> tuple[str, ...]:
    """The names of the positions, or their numbers. Raises `InvalidOption` for another number of names."""
    n = look.layers[0].call.call.lengths[0]
    if names is None:
        return tuple(str(place) for place in range(n))
    if len(names) != n:
        message = f"The model has {n} positions, and {len(names)} names were given. Give one for each."
        raise InvalidOption(message)
    return tuple(names)


def _facts(call: LayerCall) -> LayerFacts:
    return LayerFacts(name=call.name, mechanism=call.call.mechanism.name, heads=call.mixed.shape[1])
