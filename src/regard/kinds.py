"""The kinds of parts that can be judged by laws: the one place that knows them all."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, final

from regard.attention import Mechanism
from regard.attention.checking.regimes import DEEP
from regard.attention.laws import MECHANISM_LAWS, MechanismSubject
from regard.core.catalog import Catalog
from regard.core.errors import InvalidOption, MissingFile, UnknownName, nearest
from regard.core.spec import Spec
from regard.core.user_file import find, named_by, short
from regard.data import Task
from regard.data.laws import TASK_LAWS, TaskSubject
from regard.laws import Judgment, Laws
from regard.mechanisms import MECHANISMS
from regard.models.laws import LAYER_LAWS, LayerSubject
from regard.optimization import ClosureOptimizer
from regard.optimization.laws import OPTIMIZER_LAWS, OptimizerSubject
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS

LAYERS = Catalog("layer", MECHANISMS.package)
"""The shell around each mechanism: a layer is called what its mechanism is called."""


@final
@dataclass(frozen=True)
class Kind:
    """A kind of part: where its parts and its laws are found, and what its laws judge."""

    catalog: Catalog
    laws: Laws[Any]
    subject: Callable[[Any, Mapping[str, Any]], Any]
    contract: type
    """What a part in a user's own file subclasses."""
    deep_subject: Callable[[Any, Mapping[str, Any]], Any] | None = None
    """What is judged at deep sizes as well; None if the laws know none."""

    @property
    def name(self) -> str:
        """The singular noun."""
        return self.catalog.kind

    def deepened(self) -> "Kind":
        """The same kind, judged at deep sizes too. Raises `InvalidOption` if its laws know none."""
        if self.deep_subject is None:
            raise InvalidOption(f"The laws of a {self.name} know no deep sizes: leave out --deep.")
        return replace(self, subject=self.deep_subject)

    def check(self, name: str, options: Mapping[str, Any], first: int = 0) -> Iterator[Judgment]:
        """Judge a part by every law of its kind from the first-th on, one judgment at a time.

        Raises a `RegardError` at once for options that the part refuses, and `MissingFile` where its data
        are not there.
        """
        spec = self.catalog.meant(Spec.of(name, options))
        self.catalog.check(spec.name, spec.settings)
        return self.laws.check(self.subject(self.catalog.find(spec.name), spec.settings), first)

    def check_all(
        self,
        options: Mapping[str, Any],
        check: Callable[[str], Iterator[tuple[str, Judgment]]] | None = None,
    ) -> Iterator[tuple[str, Judgment]]:
        """Judge every part of the catalog. What lacks its data or an option it needs is exempt from all laws.

        `check` judges one of them; None means in this process.

        Raises `InvalidOption` before any judgment for options that one of the parts refuses.
        """
        lacking = {name: self.lacking(name, options) for name in self.catalog.names()}
        for name in [name for name, lack in lacking.items() if lack is None]:
            self.catalog.check(name, options)
        for name, lack in lacking.items():
            try:
                if lack is None and check is not None:
                    yield from check(name)
                    continue
                judgments = self.laws.exempt(lack) if lack else self.check(name, options)
                yield from ((name, judgment) for judgment in judgments)
            except MissingFile as error:
                yield from (
                    (name, judgment) for judgment in self.laws.exempt(f"its data are missing: {error}")
                )

    def lacking(self, name: str, options: Mapping[str, Any]) -> str | None:
        """Why a part cannot be built with these options alone; None if it can."""
        known = self.catalog.options(name).values()
        required = [str(option) for option in known if option.required and option.name not in options]
        return f"it needs the option {' and '.join(required)}" if required else None


def kinds() -> tuple[Kind, ...]:
    """All kinds. The first is the one that is meant where nothing says which."""
    quick = partial(MechanismSubject, find=MECHANISMS.find)
    return (
        Kind(MECHANISMS, MECHANISM_LAWS, quick, Mechanism, partial(quick, depth=DEEP)),
        Kind(TASKS, TASK_LAWS, TaskSubject, Task),
        Kind(LAYERS, LAYER_LAWS, LayerSubject, Mechanism),
        Kind(OPTIMIZERS, OPTIMIZER_LAWS, OptimizerSubject, ClosureOptimizer),
    )


def kind_called(noun: str) -> Kind:
    """The kind of a noun. Raises `UnknownName`."""
    known = {kind.name: kind for kind in kinds()}
    if noun not in known:
        raise UnknownName(f"There are no laws for a '{noun}'. {nearest(noun, known)}")
    return known[noun]


def kind_of(name: str, among: Sequence[Kind]) -> Kind:
    """The kind of the part that a name means: by the catalogs, or by the class in a user's own file.

    Where several kinds judge parts of one contract, the first of them is meant.

    Raises `UnknownName` if no catalog has it, and `InvalidOption` for a name that several kinds have, or a
    class that is of none.
    """
    among = [kind for i, kind in enumerate(among) if kind.contract not in _contracts(among[:i])]
    if named_by(name):
        return _kind_of_class(name, among)
    found = [kind for kind in among if kind.catalog.holds(name)]
    if not found:
        known = [each for kind in among for each in kind.catalog.names()]
        nouns = " or ".join(kind.name for kind in among)
        raise UnknownName(f"There is no {nouns} called '{name}'. {nearest(name, known)}")
    if len(found) > 1:
        nouns = " and a ".join(kind.name for kind in found)
        raise InvalidOption(f"'{name}' is a {nouns}. Say which one you mean: --kind {found[0].name}.")
    return found[0]


def _contracts(among: Sequence[Kind]) -> set[type]:
    return {kind.contract for kind in among}


def _kind_of_class(name: str, among: Sequence[Kind]) -> Kind:
    part = find(name, "part")
    found = [kind for kind in among if inspect.isclass(part) and issubclass(part, kind.contract)]
    if len(found) != 1:
        contracts = " or ".join(f"regard.{kind.contract.__name__}" for kind in among)
        raise InvalidOption(
            f"{short(name)} is of no kind that has laws: it must subclass {contracts}. Of a function that "
            f"returns one, say which: --kind {among[-1].name}."
        )
    return found[0]
