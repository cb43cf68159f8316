"""What the front of a search descends from."""

from regard.commands.search import space_of
from regard.core.results.lineage import Ancestor
from regard.core.results.search import FrontResult
from regard.search.ledger import Ledger
from regard.search.settings import settings_from


def lineage_of(ledger: Ledger, front: FrontResult) -> tuple[Ancestor, ...]:
    """The front and all that it descends from."""
    space = space_of(settings_from(ledger.description()))
    births = {birth.number: birth for birth in ledger.births()}
    on_front = {each.number for each in front.front}
    found, left = set(on_front), list(on_front)
    while left:
        new = set(births[left.pop()].parents) - found
        found |= new
        left += new
    return tuple(
        Ancestor(
            number=i,
            label=space.describe(space.from_json(births[i].genome)),
            operator=births[i].operator,
            parents=tuple(dict.fromkeys(births[i].parents)),
            on_front=i in on_front,
        )
        for i in sorted(found)
    )
