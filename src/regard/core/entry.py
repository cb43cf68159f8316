"""What takes part in a comparison."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self, final

from regard.core.settings import ModelSettings, settings
from regard.core.spec import Spec


@final
@dataclass(frozen=True)
class Entry:
    """Mechanisms, and the settings of the model that are this entry's own: `Entry.of(specs, qk_norm="rms")`.

    Hashable, and JSON both ways. Raises `InvalidOption` for a setting that does not exist, and for a value
    that it cannot take.
    """

    mechanisms: tuple[Spec, ...]
    """One for all layers, or one per layer."""
    model: tuple[tuple[str, Any], ...] = ()
    """Names and values of the settings that replace the comparison's, in the order of names."""
    optimizer: Spec | None = None
    """In place of the comparison's, where optimizers are compared."""

    def __post_init__(self) -> None:
        checked = settings(ModelSettings, dict(self.model))
        own = {name: getattr(checked, name) for name, _ in self.model}
        object.__setattr__(self, "model", tuple(sorted(own.items())))

    @classmethod
    def of(cls, mechanisms: Iterable[Spec], model: Mapping[str, Any] | None = None, /, **more: Any) -> Self:
        """An entry from mechanisms and settings of the model, in any order."""
        return cls(tuple(mechanisms), tuple({**(model or {}), **more}.items()))

    def settings_in(self, model: ModelSettings) -> ModelSettings:
        """The settings of this entry's own model, where the comparison's are `model`."""
        return replace(model, **dict(self.model))

    def beside(self, model: ModelSettings) -> Self:
        """The same entry, without settings that `model` has anyway: equal models are equal entries."""
        own = tuple((k, v) for k, v in self.model if getattr(model, k) != v)
        return replace(self, model=own)

    def to_json(self) -> dict[str, Any]:
        """A JSON object with the keys `mechanisms`, `model` and, where there is one, `optimizer`."""
        own = {} if self.optimizer is None else {"optimizer": self.optimizer.to_json()}
        return {"mechanisms": [spec.to_json() for spec in self.mechanisms], "model": dict(self.model), **own}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The entry that `to_json` wrote."""
        entry = cls.of(map(Spec.from_json, value["mechanisms"]), value["model"])
        own = value.get("optimizer")
        return entry if own is None else replace(entry, optimizer=Spec.from_json(own))
