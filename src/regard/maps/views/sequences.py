"""The views of one sample: one, or of a model of two sequences one for each way in which they are read."""

from collections.abc import Iterator
from dataclasses import replace

from torch import nn

from regard.core.results.lens import LayerView, View
from regard.data.samples import Samples
from regard.data.task import Task
from regard.maps.ablation import importance
from regard.maps.layers import attention_layers
from regard.maps.look import LEVELS, Look, look
from regard.maps.sequences import ACROSS
from regard.maps.views.answers import Asked, answers_of
from regard.maps.views.plain import ELSEWHERE, READ_FIRST, READING_FIRST, TITLES
from regard.maps.views.positions import layout_of, named_positions
from regard.maps.views.scored import taken_apart, with_scores
from regard.maps.views.view import layer_view, view_of
from regard.models import PairTransformer
from regard.training.evaluation.evaluation import evaluating


def views_of(
    model: nn.Module, task: Task, sample: Samples, name: str, step: int | None = None
) -> tuple[View, ...]:
    """All views of one sample, as it comes from a split. The model is left as it was."""
    if not isinstance(model, PairTransformer):
        return (view_of(model, task, sample, name, step),)
    prepared, asked = task.prepare(sample), Asked.of(sample)
    seen = look(model, *prepared.given, answer=lambda logits: asked.rows(logits).amax(-1).sum())
    assert seen.logits is not None
    first = asked.rows(seen.logits).argmax(-1)
    with evaluating(model):
        changes = importance(model, lambda: asked.share_of_first(model(*prepared.given), first))
        (score, *_) = taken_apart(model, seen, *prepared.given)
    n, _ = seen.layers[0].call.call.lengths
    last = 0 if model.class_token is not None else n - 1
    answers = answers_of(task, asked, seen.logits, last)
    return tuple(
        replace(
            view,
            example=f"{view.example}: {name}",
            step=step,
            answers=answers,
            layers=tuple(
                replace(with_scores(layer, score), ablated=tuple(changes[each].tolist()))
                for each, layer in zip(changes, view.layers, strict=True)
            ),
        )
        for view in sequence_views(model, task, prepared, seen)
    )


def sequence_views(model: PairTransformer, task: Task, prepared: Samples, seen: Look) -> Iterator[View]:
    """A view for each way in which two sequences are read. A layer that takes no part in it has no maps."""
    for role in dict.fromkeys(layer.call.role for layer in seen.layers):
        own = {layer.call.name: layer for layer in seen.layers if layer.call.role == role}
        reading, read = (sequence_of(prepared, role not in firsts) for firsts in (READING_FIRST, READ_FIRST))
        n, m = next(iter(own.values())).call.call.lengths
        layout = None if role in ACROSS else layout_of(reading, n)
        yield View(
            example=TITLES[role],
            queries=named_positions(task, reading, n),
            keys=named_positions(task, read, m),
            layers=tuple(
                layer_view(own[name], layout) if name in own else LayerView(refused=absent())
                for name in attention_layers(model)
            ),
        )


def absent() -> dict[str, str]:
    """What is said of a layer that takes no part in a view."""
    return dict.fromkeys(LEVELS, ELSEWHERE)


def sequence_of(samples: Samples, second: bool) -> Samples:
    """One of two sequences of samples, as if it were alone."""
    keys = None if samples.keys is None else samples.keys[:, int(second)]
    return Samples(samples.inputs[:, int(second)], samples.targets, keys)
