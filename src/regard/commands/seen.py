"""What `regard.lens` gives: maps as tensors, and the same as a page."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import final

from torch import Tensor

from regard.commands.lens_page import page_of
from regard.core.files import write
from regard.core.results import LensResult
from regard.core.results.faithfulness import Faithfulness
from regard.core.results.lens import LayerFacts, LensModel
from regard.core.run import DIGEST_LENGTH
from regard.maps.attended import Attended
from regard.maps.look import LayerMaps, Look
from regard.maps.views import Legend, plain_views
from regard.maps.views.arrays import layer_arrays, packed
from regard.maps.views.beside import Beside, with_beside
from regard.maps.views.plain import guesses_in
from regard.report.lens import framed


@final
@dataclass(frozen=True, eq=False)
class Seen:
    """One example through one model. In a notebook it is shown as a page."""

    look: Look
    legend: Legend
    """What positions and answers are called."""
    title: str
    beside: tuple[Beside, ...]
    """Layer by layer: what stands beside its maps."""
    faithfulness: Faithfulness | None = None
    """Which map predicts the model, where it was tried on several examples."""
    untried: str = ""
    """Why it was not."""

    @property
    def logits(self) -> Tensor | None:
        """What the model answers; None for one that gives no logits."""
        return self.look.logits

    @property
    def layers(self) -> tuple[LayerMaps, ...]:
        """The maps, layer by layer."""
        return self.look.layers

    def to_result(self) -> LensResult:
        """The same as plain data, with maps as bytes."""
        guesses = guesses_in(self.look, self.legend)
        plain = plain_views(self.look, self.legend)
        views = tuple(with_beside(view, self.beside, guesses) for view in plain)
        layers = tuple(_facts(layer.call) for layer in self.layers)
        model = LensModel(
            label=self.title,
            about="",
            layers=layers,
            views=views,
            faithfulness=self.faithfulness,
            untried=self.untried,
        )
        digest = hashlib.sha256(repr(views).encode()).hexdigest()[:DIGEST_LENGTH]
        return LensResult(digest=digest, title=self.title, models=(model,))

    def write(self, path: Path | str) -> Path:
        """Put the page into a file. Raises `Unwritable`, and `InvalidOption` for a page too large to open."""
        path = Path(path).expanduser()
        write(path, page_of(self.to_result()).encode("utf-8", "replace"))
        return path

    def write_pictures(self, folder: Path | str) -> list[Path]:
        """Put every figure into a folder, as PNG and SVG. Returns the PNGs. Raises `Unwritable`."""
        from regard.report.figures.lens.pictures import write_pictures  # noqa: PLC0415 - it draws

        return write_pictures(self.to_result(), folder)

    def write_arrays(self, path: Path | str) -> Path:
        """Put the maps into a file for `numpy.load`, named as `layer_0/weights` is. Raises `Unwritable`."""
        path = Path(path).expanduser()
        write(path, packed(dict(layer_arrays(self.layers))))
        return path

    def _repr_html_(self) -> str:
        """The page in a frame that can reach nothing outside."""
        return framed(page_of(self.to_result()))


def _facts(call: Attended) -> LayerFacts:
    return LayerFacts(name=call.name, mechanism=call.kind, heads=call.mixed.shape[1])
