"""The catalog of spaces: one per file, independent of one another."""

from regard.core.catalog import Catalog

SPACES = Catalog("space", __name__)
