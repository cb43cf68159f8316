"""Distillation of attention maps and value relations."""

from collections.abc import Iterator, Sequence
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from regard.attention import Mechanism
from regard.attention.capture import Captured, capture
from regard.attention.forms import mechanisms_of
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.data.samples import Samples
from regard.optimization import Charge, Load, Loss, Model, Objective, cross_entropy
from regard.optimization.divergence import head_divergences, matched_divergence, value_relations


@final
class Distillation(Objective):
    """Answers, and on the way to them the attention maps and value relations of a teacher: the last two as in
    MiniLM (Wang et al. 2020, arXiv 2002.10957, eq. 6 to 9), maps in all layers, relations in the last.

    teacher: the folder of a trained run on the same task, such as out/runs/DIGEST.
    answers: the weight of the cross-entropy of the answers.
    maps: the weight of KL(teacher || student) of the maps, the mean over layers, heads and rows. The
        teacher's last layer teaches the student's last; with other numbers of layers, layer i of l is taught
        by layer round(i t / l) of t. With as many heads they are matched in order; otherwise each head of
        the student is matched to the teacher's nearest, anew in every batch.
    relations: the weight of the same divergence between relations of values.

    Rows of padding do not count; in pairs of sequences the padding of the sequence that is read is left out.
    A teacher's forward pass is charged as one of the student. Raises
    `InvalidOption`, and `UnsupportedUse` for mechanisms whose weights are no distributions.
    """

    charge = Charge(loss=2.0, gradient=4.0)
    alone = "a teacher's maps are compared with those of one model"

    def __init__(
        self, *, teacher: str, answers: float = 1.0, maps: float = 1.0, relations: float = 1.0
    ) -> None:
        weights = {"answers": answers, "maps": maps, "relations": relations}
        for name, weight in weights.items():
            if not 0 <= weight < float("inf"):
                raise InvalidOption(f"distillation: {name} must be 0 or more, and is {weight}.")
        if not any(weights.values()):
            raise InvalidOption("distillation: answers, maps and relations are all 0. Give one a weight.")
        self.teacher = teacher
        self.answers, self.maps, self.relations = answers, maps, relations

    def prepare(self, model: nn.Module, load: Load) -> None:
        self.knowing = load(self.teacher).to(next(model.parameters()).device).requires_grad_(False)
        self.teachers, self.students = list(mechanisms_of(self.knowing)), list(mechanisms_of(model))
        for mechanism in (*self.teachers, *self.students) if self.maps else ():
            _require_distributions(mechanism)

    def loss(self, model: Model, batch: Samples) -> Loss:
        with capture(self.teachers) as known, torch.no_grad():
            self.knowing(*batch.given)
        with capture(self.students) as learned:
            answered = cross_entropy(model(*batch.given), batch.targets)
        if known[0].values.shape[2] != learned[0].values.shape[2]:
            message = f"The teacher reads {known[0].values.shape[2]} positions and the student"
            raise InvalidOption(
                f"{message} {learned[0].values.shape[2]}. Give both the same model.patch and model.pool."
            )
        total = self.answers * answered.mean
        if self.maps:
            total = total + self.maps * torch.stack([*_map_divergences(known, learned)]).mean()
        if self.relations:
            total = total + self.relations * _relation_divergence(known[-1], learned[-1])
        return Loss(total * answered.count.clamp_min(1), answered.count)


def _require_distributions(mechanism: Mechanism) -> None:
    """Raise `UnsupportedUse` unless the rows of a mechanism's weights are distributions."""
    if not (mechanism.traits.weights and mechanism.traits.mass == "exactly 1"):
        message = f"distillation: the rows of {mechanism.name}'s weights are no distributions, so that no map"
        raise UnsupportedUse(f"{message} can be compared. Set objective.maps=0, or take another mechanism.")


def _map_divergences(known: Sequence[Captured], learned: Sequence[Captured]) -> Iterator[Tensor]:
    """For each layer of the student."""
    for i, student in enumerate(learned, 1):
        teacher = known[round(i * len(known) / len(learned)) - 1]
        yield _matched(teacher.weights(), student.weights(), _rows(teacher))


def _relation_divergence(known: Captured, learned: Captured) -> Float[Tensor, ""]:
    n, m = known.lengths
    allowed = known.mask.allowed(m, m, known.values.device) if n == m else None
    return _matched(
        value_relations(known.values, allowed), value_relations(learned.values, allowed), _rows(known)
    )


def _matched(teacher: Tensor, student: Tensor, rows: Tensor) -> Float[Tensor, ""]:
    return matched_divergence(head_divergences(teacher, student, rows))


def _rows(call: Captured) -> Bool[Tensor, "b n"]:
    """Which queries are no padding, as far as the padding of the keys tells."""
    n, m = call.lengths
    if call.mask.keys is not None and n == m:
        return call.mask.keys
    return torch.ones(call.values.shape[0], n, dtype=torch.bool, device=call.values.device)
