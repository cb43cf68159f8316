"""A search of graphs by the parts of `regard search run`, with a proxy of a tenth of a second."""

import sys
from pathlib import Path

from regard.commands.search import space_of, write_front
from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.experiment import LocalPool
from regard.search.breeder import Breeder
from regard.search.ladder import Ladder
from regard.search.ledger import Ledger
from regard.search.loop import Synchronous
from regard.search.proxies import Proxies
from regard.search.settings import SearchSettings
from regard.search.strategies import STRATEGIES
from regard.search.trainings import Trainings

SMALL = Spec.of("nsga2", population=3)


def search(folder: Path, evaluations: int = 6, strategy: Spec = SMALL) -> None:
    """Begin it, or go on with it. The first candidate is softmax attention."""
    proxy = Run(
        task=Spec.of("arithmetic", digits=1, form="masked", samples=100),
        mechanisms=(Spec("softmax"),),
        model=ModelSettings(layers=1, features=8, heads=1, hidden=8),
        training=TrainingSettings(epochs=100, steps=20, batch=16),
    )
    settings = SearchSettings(
        strategy=strategy, proxies=(proxy,), evaluations=evaluations, early=5, repeats=1
    )
    with Ledger(folder) as ledger, LocalPool(Execution(device="cpu", workers=2)) as pool:
        ledger.describe(settings.to_json())
        space = space_of(settings)
        ladder = Ladder(space, settings, ledger, Proxies(settings, Trainings(pool, ledger)))
        breeder = Breeder(space, STRATEGIES.build(strategy.name, **strategy.settings), seed=0)
        list(Synchronous(breeder, ladder, ledger, settings.evaluations, settings.repeats).run())
        write_front(ledger, folder)


if __name__ == "__main__":
    search(Path(sys.argv[1]))
