"""A proxy on which softmax does not beat what reads nothing shows nothing, and is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import final

from regard.core.entry import Entry
from regard.core.errors import RegardError
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS
from regard.search.proxies import FULL, Proxies
from regard.search.settings import CONTROLS

ERRORS = 5.0
"""By so many standard errors softmax has to be better."""


@final
@dataclass(frozen=True)
class Margin:
    """How far softmax is above one control on one proxy."""

    proxy: str
    control: str
    difference: float
    """Mean over paired seeds."""
    error: float
    """Its standard error."""

    @property
    def passes(self) -> bool:
        """Whether the proxy tells attention from this control."""
        return self.difference > 0 and self.difference >= ERRORS * self.error


def margins(proxies: Proxies) -> Iterator[Margin]:
    """How far softmax is above every control, proxy by proxy. Trains what is not known yet.

    Raises `RegardError` where a training fails: then nothing is known of the proxy.
    """
    repeats = range(1, proxies.settings.qualify + 1)
    for name in ("softmax", *CONTROLS):
        entry = Entry.of([MECHANISMS.complete(Spec(name))])
        for repeat in repeats:
            proxies.ask(f"control {name}", entry, FULL, repeat)
    while proxies.trainings.wait():
        pass
    for place in range(len(proxies.settings.proxies)):
        softmax = _scores(proxies, "softmax", place)
        for control in CONTROLS:
            other = _scores(proxies, control, place)
            differences = [a - b for a, b in zip(softmax, other, strict=True)]
            error = stdev(differences) / len(differences) ** 0.5
            proxy = proxies.settings.proxies[place].task.name
            yield Margin(proxy, control, fmean(differences), error)


def qualify(proxies: Proxies) -> list[Margin]:
    """All margins. Raises `RegardError` for a proxy that does not pass."""
    found = list(margins(proxies))
    for each in found:
        if not each.passes:
            raise RegardError(
                f"The proxy {each.proxy} is refused: softmax is {each.difference:.3f} ± {each.error:.3f} "
                f"above {each.control}, and has to be {ERRORS:g} standard errors above it. Train it "
                f"longer, or take another proxy."
            )
    return found


def _scores(proxies: Proxies, name: str, place: int) -> list[float]:
    found = []
    for repeat in range(1, proxies.settings.qualify + 1):
        score = proxies.trainings.known(proxies.key(f"control {name}", place, FULL, repeat))
        assert score is not None, "it was waited for"
        if score.score is None:
            raise RegardError(f"The control {name} could not be trained: {score.reason}")
        found.append(score.score)
    return found
