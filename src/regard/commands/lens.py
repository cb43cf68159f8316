"""What `regard.lens` and `regard.attention_maps` do: a model is called, and all that it reads is kept."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from regard.commands.lens_page import page_of
from regard.commands.seen import Seen
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.files import write, writing
from regard.core.results import LensResult
from regard.core.results.lens import Level
from regard.data.question import Question
from regard.data.samples import Samples
from regard.maps.junction import Ablation
from regard.maps.look import LEVELS, Answer, LayerMaps, Look, look, sum_of_first_guesses
from regard.maps.views import Choice, Given, Legend, Tokenizer, Trained, asked, classes_of, lens_of
from regard.maps.views.arrays import arrays_of, packed
from regard.maps.views.beside import beside, rows_of
from regard.maps.views.faithful import Tried, faithfulness_of
from regard.maps.views.trial import read_alone
from regard.store import project_of
from regard.training.evaluation.asking import Answer as Written


def lens(
    model: nn.Module,
    *given: Any,
    tokenizer: Tokenizer | None = None,
    names: Sequence[str] | None = None,
    levels: Collection[Level] = LEVELS,
    answer: Answer = sum_of_first_guesses,
    tried: Samples | Sequence[Any] | None = None,
    switched_off: Ablation | None = "zero",
) -> Seen:
    """All maps of a model, called with one example as it is given: `model(*given)`, or `model(**given)` for a
    mapping of names. In a notebook, a page.

        seen = regard.lens(model, tokens)
        seen.layers[0].maps["contribution"]    # (heads, n, m)
        seen.layers[0].residual                # how exactly the operator is the layer's output
        seen.layers[0].refused                 # by level, why there is no such map
        seen.write("lens.html")

    Models of transformers, timm and torch are looked at without a change of them, and without reloading:

        regard.lens(gpt2, "The cat sat on the mat", tokenizer=tokenizer)

    tokenizer: gives names to tokens and answers, and makes of a text what the model is given.
    names: what stands at each position; without them, the texts of tokens, the places of patches, or numbers.
    levels: weights, operator, contribution, relevance, influence; see `regard.maps`.
    answer: from the logits to the number whose parts relevance shows; without one, the sum of the largest
        logits of all places.
    tried: several examples on which it is tried which map predicts the model, each as `given` is: a text, a
        tensor, a tuple or a mapping. Of a task of this package, samples as the model reads them:
        `task.prepare(task.split("test")[:24])`.
    switched_off: what a head gives when it is switched off: "zero", or "mean", its mean over all positions.
        Each head costs a call of the model, so that of one with more than 256 none is; None for none at all.

    The page also says what the model would answer if a layer were its last, what becomes of the answer
    without a head, and, of a transformer of this package, what made each score. The model is left as it was,
    and its logits are what they are without looking. Raises `InvalidOption`, and `UnsupportedUse` with the
    name of a layer of which nothing can be heard.
    """
    given = _tokenized(given, tokenizer)
    seen = look(model, *given, levels=levels, answer=answer)
    legend = Legend(Given.of(given), tokenizer, _checked(names, seen), classes_of(model))
    known = beside(model, seen, given, rows_of, switched_off)
    shown = Seen(seen, legend, type(model).__name__, known)
    return _tried(shown, model, tried if isinstance(tried, Samples | None) else _examples(tried, tokenizer))


def attention_maps(
    model: nn.Module, *given: Any, tokenizer: Tokenizer | None = None
) -> dict[str, Float[Tensor, "heads n m"]]:
    """What every layer of a model reads on one example, by the layer's name: the operator of each head.

        for name, maps in regard.attention_maps(model, tokens).items(): ...

    The model is called as by `regard.lens`. A layer that is called again has its maps under a name with the
    number of the call. Raises `UnsupportedUse` with the name of the first layer whose output is no matrix
    times its values, or of which nothing can be heard.
    """
    seen = look(model, *_tokenized(given, tokenizer), levels=["operator"])
    maps: dict[str, Float[Tensor, "heads n m"]] = {}
    for layer in seen.layers:
        calls = sum(other.call.name == layer.call.name for other in seen.layers[: len(maps)])
        maps[f"{layer.call.name}, call {calls + 1}" if calls else layer.call.name] = _operator(layer)
    return maps


def write_lens(folders: Sequence[Path], choice: Choice = Choice()) -> Path:
    """Look at the models of one or two runs, and write what is seen: a page, and the result as JSON.

    Both lie in `lenses` in the project of the first run, or in the run's folder where it has none. Returns
    the page's path. Raises what `lens_of` raises, `InvalidOption` for a page that no browser would bear, and
    `Unwritable`.
    """
    return _written(lens_of(folders, choice), folders[0])


def write_beside(page: Path, folder: Path) -> Path:
    """Put every figure of what a page shows into a folder. Returns it. Raises `Unwritable`."""
    from regard.report.figures.lens.pictures import write_pictures  # noqa: PLC0415 - it draws

    write_pictures(LensResult.read(page.with_suffix(".json")), folder)
    return folder


def write_arrays(folders: Sequence[Path], path: Path, choice: Choice = Choice()) -> Path:
    """The maps of the examples as numbers, in a file for `numpy.load`; see `regard.maps.views.arrays`.

    Returns its path. Raises what `arrays_of` raises, and `Unwritable`.
    """
    write(path.expanduser(), packed(arrays_of(folders, choice)))
    return path


def write_asked(run: Path, text: str, question: Question, answer: Written) -> Path:
    """The page of a question put to a run and of its answer. Returns its path; raises as `write_lens`."""
    return _written(asked(Trained.read(run), text, question, answer), run)


def _written(result: LensResult, run: Path) -> Path:
    """The page and the result's file, in the project of a run."""
    page = page_of(result)
    path = LensResult.path_in(project_of(run), result.digest)
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    result.write(path)
    write(path.with_suffix(".html"), page.encode("utf-8", "replace"))
    return path.with_suffix(".html")


def _tokenized(given: tuple[Any, ...], tokenizer: Tokenizer | None) -> tuple[Any, ...]:
    """A text as the model takes it. Raises `InvalidOption` for one without a tokenizer."""
    if len(given) != 1 or not isinstance(given[0], str):
        return given
    if tokenizer is None:
        raise InvalidOption("A text needs a tokenizer: regard.lens(model, text, tokenizer=tokenizer).")
    return (tokenizer(given[0], return_tensors="pt"),)


def _checked(names: Sequence[str] | None, seen: Look) -> tuple[str, ...] | None:
    """Raises `InvalidOption` for another number of names than there are positions."""
    n = seen.layers[0].call.call.lengths[0]
    if names is not None and len(names) != n:
        message = f"The model has {n} positions, and {len(names)} names were given. Give one for each."
        raise InvalidOption(message)
    return None if names is None else tuple(names)


def _examples(tried: Sequence[Any], tokenizer: Tokenizer | None) -> list[tuple[Any, ...]]:
    return [_tokenized(each if isinstance(each, tuple) else (each,), tokenizer) for each in tried]


def _tried(seen: Seen, model: nn.Module, tried: Tried | None) -> Seen:
    """With what several examples say of the maps, or with the reason why they say nothing."""
    several = "It takes several examples to tell, and one was given: regard.lens(..., tried=examples)."
    try:
        read_alone(model, seen.legend.given)
        if tried is None:
            return replace(seen, untried=several)
        return replace(seen, faithfulness=faithfulness_of(model, tried))
    except UnsupportedUse as reason:
        return replace(seen, untried=str(reason))


def _operator(layer: LayerMaps) -> Float[Tensor, "heads n m"]:
    if "operator" not in layer.maps:
        raise UnsupportedUse(
            f"{layer.call.name}: {layer.refused['operator']} Its influence is in regard.lens."
        )
    return layer.maps["operator"]
