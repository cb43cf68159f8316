"""The catalog of mechanisms: one per file, strangers to one another. Called, it lists their names."""

from regard.core.catalogs import MECHANISMS
from regard.core.listing import make_callable

make_callable(MECHANISMS)
