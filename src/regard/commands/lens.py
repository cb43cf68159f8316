"""What `regard.lens` and `regard.attention_maps` do: a model is called, and all that it reads is kept."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from regard.commands.seen import Seen, named
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.files import write, writing
from regard.core.results import LensResult
from regard.core.results.lens import Level
from regard.data.question import Question
from regard.maps.look import LEVELS, Answer, LayerMaps, look, sum_of_first_guesses
from regard.maps.views import Choice, Trained, asked, lens_of
from regard.report.lens import render_lens
from regard.store import project_of
from regard.training.evaluation.asking import Answer as Written

LARGEST = 50_000_000
"""Bytes of a page."""


def lens(
    model: nn.Module,
    *given: Any,
    names: Sequence[str] | None = None,
    levels: Collection[Level] = LEVELS,
    answer: Answer = sum_of_first_guesses,
) -> Seen:
    """All maps of a model, called with one example as it is given: `model(*given)`. In a notebook, a page.

        seen = regard.lens(model, tokens)
        seen.layers[0].maps["contribution"]    # (heads, n, m)
        seen.layers[0].residual                # how exactly the operator is the layer's output
        seen.layers[0].refused                 # by level, why there is no such map
        seen.write("lens.html")

    names: what stands at each position; without them, their numbers.
    levels: weights, operator, contribution, relevance, influence; see `regard.maps`.
    answer: from the logits to the number whose parts relevance shows; without one, the sum of the largest
        logits of all places.

    The model is left as it was, and its logits are what they are without looking. Raises `InvalidOption`.
    """
    seen = look(model, *given, levels=levels, answer=answer)
    return Seen(seen, named(names, seen), type(model).__name__)


def attention_maps(model: nn.Module, *given: Any) -> dict[str, Float[Tensor, "heads n m"]]:
    """What every layer of a model reads on one example, by the layer's name: the operator of each head.

        for name, maps in regard.attention_maps(model, tokens).items(): ...

    Raises `UnsupportedUse` with the name of the first layer whose output is no matrix times its values.
    """
    seen = look(model, *given, levels=["operator"])
    return {layer.call.name: _operator(layer) for layer in seen.layers}


def write_lens(folders: Sequence[Path], choice: Choice = Choice()) -> Path:
    """Look at the models of one or two runs, and write what is seen: a page, and the result as JSON.

    Both lie in `lenses` in the project of the first run, or in the run's folder where it has none. Returns
    the page's path. Raises what `lens_of` raises, `InvalidOption` for a page that no browser would bear, and
    `Unwritable`.
    """
    return _written(lens_of(folders, choice), folders[0])


def write_asked(run: Path, text: str, question: Question, answer: Written) -> Path:
    """The page of a question put to a run and of its answer. Returns its path; raises as `write_lens`."""
    return _written(asked(Trained.read(run), text, question, answer), run)


def _written(result: LensResult, run: Path) -> Path:
    """The page and the result's file, in the project of a run."""
    page = render_lens(result).encode("utf-8", "replace")
    if len(page) > LARGEST:
        raise InvalidOption(
            f"The page would have {len(page) / 1e6:.0f} MB, and a browser bears {LARGEST / 1e6:.0f}. "
            "Show fewer examples (--examples), or no mean (--mean 0)."
        )
    path = LensResult.path_in(project_of(run), result.digest)
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    result.write(path)
    write(path.with_suffix(".html"), page)
    return path.with_suffix(".html")


def _operator(layer: LayerMaps) -> Float[Tensor, "heads n m"]:
    if "operator" not in layer.maps:
        raise UnsupportedUse(
            f"{layer.call.name}: {layer.refused['operator']} Its influence is in regard.lens."
        )
    return layer.maps["operator"]
