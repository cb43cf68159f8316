"""The catalog of strategies: one per file, independent of one another."""

from regard.core.catalog import Catalog

STRATEGIES = Catalog("strategy", __name__)
