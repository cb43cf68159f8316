"""The catalog of objectives: what training minimizes, one per file, independent of one another."""

from regard.core.catalog import Catalog

OBJECTIVES = Catalog("objective", __name__)
