"""The catalog of optimizers: one per file, strangers to one another."""

from regard.core.catalog import Catalog

OPTIMIZERS = Catalog("optimizer", __name__)
