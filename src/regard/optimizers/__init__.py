"""The catalog of optimizers: one per file, strangers to one another. Called, it lists their names."""

from regard.core.catalogs import OPTIMIZERS
from regard.core.listing import make_callable

make_callable(OPTIMIZERS)
