"""Losses of many moves of a transformer at once, from what each of them changes alone."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, final

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from regard.attention.mechanism import Mechanism
from regard.core.errors import RegardWarning
from regard.core.freed_memory import keep_freed_memory
from regard.derivative_free import Closure, Evaluator, Moves, Serial
from regard.derivative_free.evaluator import Pay
from regard.derivative_free.space import Space
from regard.incremental.batch_loss import BatchLoss, said_by
from regard.incremental.changes import Replaced, joined
from regard.incremental.entries import Entry, IntoBlock, IntoMixing, IntoReadout
from regard.incremental.heads_apart import heads_apart
from regard.incremental.known import KnownAttention, Network
from regard.incremental.misfit import misfit
from regard.incremental.probing import Probed
from regard.incremental.rules import Rule, rules_of
from regard.incremental.shifts_unread import shifts_unread

NUMBERS = 2**21
"""Numbers of activations that candidates computed at once may hold: more no longer fit a cache."""

MOST = 2**24
"""Numbers that all changes of a call may hold."""


@final
class Delta(Evaluator):
    """Keeps the activations of the incumbent and computes for each move nothing but what it changes.

    Moves are sorted by the place where they act; those of one place are computed side by side. A change comes
    in as a rank-one update, in closed form where the rest of the model is a readout. A move that changes
    nothing (of an absent token, an unused position) has the loss of the incumbent, exactly. What has no rule
    is computed anew from its block on, and a model without any by one move after another: a `RegardWarning`
    says so, and `explain` says what is done for each parameter.

    of: says of what a closure is the loss; unless it is given, the closure is a `BatchLoss`.
    alone: how many moves of a step are asked of the closure, one by one, before activations are computed:
        where one of them is accepted, as often early in a search, these would cost more than they save.
    """

    def __init__(
        self,
        space: Space,
        pay: Pay = lambda cost: None,
        of: Callable[[Closure], BatchLoss] = said_by,
        *,
        alone: int = 0,
    ) -> None:
        super().__init__(space, pay)
        self.of = of
        self.alone = alone
        self._serial = Serial(space)
        self._network: Network | None = None
        self._canonical: float | None = None
        self._rules: dict[str, list[Rule]] = {}
        self._probed: dict[tuple[Mechanism, int, tuple[str, ...]], Probed] = {}
        self._entries: dict[str, Entry] = {}
        self._names: dict[int, str] = {}
        self._told = set[str]()
        self._tried = 0
        keep_freed_memory()

    @property
    def block(self) -> int | None:
        """So many that every place has several; the first moves of a step come one by one."""
        return None if self._few(1) else 2048

    def begin(self, closure: Closure) -> None:
        """Open a step. Raises `InvalidOption` for a closure that does not say of what it is the loss."""
        self.known = self.of(closure)
        super().begin(closure)
        self._tried = 0
        self._serial.begin(closure)
        self._misfit = misfit(self.known)
        if self._misfit is not None:
            self._tell(f"delta: {self._misfit}: every move is evaluated by a forward pass of its own.")

    def forget(self) -> None:
        self._network = self._canonical = None

    def incumbent(self) -> float:
        self._canonical = super().incumbent()
        return self._canonical

    def losses(self, moves: Moves) -> Float64[Tensor, " k"]:
        self.canonical = self._misfit is not None or self._few(len(moves))
        self._tried += len(moves)
        if self.canonical:
            return self._serial.losses(moves)
        with torch.inference_mode():
            network = self._known()
            found = torch.full((len(moves),), network.loss, dtype=torch.float64)
            most = max(1, MOST // len(network.batch.live))
            for first in range(0, len(moves), most):
                self._fill(found[first : first + most], moves[first : first + most])
            canonical = self.incumbent() if self._canonical is None else self._canonical
            found += canonical - network.loss
        return found

    def _few(self, count: int) -> bool:
        """Whether so many moves are among the first of a step."""
        return self._network is None and self._tried + count <= self.alone

    def explain(self) -> dict[str, str]:
        """What is done for a move of each parameter, in words."""
        if self._misfit is not None:
            return dict.fromkeys(self.space.names, f"a forward pass for each candidate: {self._misfit}")
        with torch.inference_mode():
            self._known()
            return {name: self._words(name) for name in self.space.names}

    def _words(self, name: str) -> str:
        own = self._names.get(id(self.space.parameters[name]))
        if own in self._rules:
            return "; ".join(dict.fromkeys(rule.entry.words for rule in self._rules[own]))
        entry = None if own is None else self._unruled(own)
        return "a forward pass for each candidate, for want of a rule" if entry is None else entry.words

    def _known(self) -> Network:
        """The incumbent's activations, with the rules that go on from them."""
        if self._network is None:
            model = self.known.model
            network = Network(model, self.known.objective, self.known.batch)  # type: ignore[arg-type]
            probed = [self._probe(known) for known in network.attentions]
            self._rules, self._entries = rules_of(network, probed), {}
            self._names = {id(each): name for name, each in model.named_parameters()}
            self._network = network
            self.pay(1.0)
        return self._network

    def _probe(self, known: KnownAttention) -> Probed:
        """What is found of an attention layer, once for each length and kind of mask."""
        mechanism = known.attention.mechanism
        kind = mechanism, known.n, known.mask.parts
        if kind not in self._probed:
            apart = heads_apart(mechanism, known.n, known.mask)
            self._probed[kind] = Probed(apart, shifts_unread(known))
        return self._probed[kind]

    def _fill(self, found: Float64[Tensor, " k"], moves: Moves) -> None:
        """Write the losses of those moves that change anything."""
        network = self._known()
        for entry, parts in self._by_entry(moves).items():
            which = torch.cat([which for which, _ in parts])
            changes = joined([changes for _, changes in parts])
            acting = changes.acting.nonzero().flatten()
            if len(acting) < len(which):
                which, changes = which[acting], changes[acting]
            most = max(1, NUMBERS // max(1, entry.numbers))
            for first in range(0, len(which), most):
                chosen = slice(first, first + most)
                found[which[chosen]] = entry.losses(changes[chosen]).cpu()
            self.pay(len(which) * entry.cost / network.costs.forward)

    def _by_entry(self, moves: Moves) -> dict[Entry, list[tuple[Int64[Tensor, " p"], Any]]]:
        """Which moves come in at each entry, and what they change there."""
        groups: dict[Entry, list[tuple[Tensor, Any]]] = {}
        parameters, indices = self.space.locate(moves.coordinates)
        deltas = self.space.moved(moves) - self.space.values(moves.coordinates)
        for i in sorted(set(parameters.tolist())):
            here = (parameters == i).nonzero().flatten()
            for entry, which, changes in self._of_parameter(self.space.names[i], here, indices, deltas):
                groups.setdefault(entry, []).append((which, changes))
        return groups

    def _of_parameter(
        self, name: str, here: Tensor, indices: Tensor, deltas: Tensor
    ) -> Iterator[tuple[Entry, Tensor, Any]]:
        parameter = self.space.parameters[name]
        own = self._names.get(id(parameter))
        rules: Sequence[Rule] = self._rules.get(own or "", ())
        for rule in rules:
            stop = parameter.numel() if rule.stop is None else rule.stop
            which = here[(indices[here] >= rule.first) & (indices[here] < stop)]
            if len(which):
                at, by = indices[which].to(parameter.device) - rule.first, deltas[which].to(parameter)
                yield rule.entry, which, rule.toward(rule.source.changes(at, by))
        if not rules:
            entry = self._unruled(own or name)
            self._tell(f"delta: there is no rule for moves of {name}: {entry.words}.")
            yield entry, here, Replaced(indices[here], deltas[here].to(parameter))

    def _unruled(self, name: str) -> Entry:
        """Where a parameter without a rule comes in: its mechanism, its block, or the readout."""
        assert self._network is not None
        if name not in self._entries:
            room, _, rest = name.partition(".")
            if room == "blocks":
                layer, _, rest = rest.partition(".")
                own = rest.removeprefix("attention.mechanism.")
                kind = IntoBlock if own == rest else IntoMixing
                self._entries[name] = kind(self._network, int(layer), own)
            else:
                self._entries[name] = IntoReadout(self._network, rest)
        return self._entries[name]

    def _tell(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            warnings.warn(message, RegardWarning, stacklevel=4)
