"""The catalog of optimizers: one per file, independent of one another."""

from regard.core.catalog import Catalog

OPTIMIZERS = Catalog("optimizer", __name__)
