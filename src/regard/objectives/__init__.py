"""The catalog of objectives: what training minimizes, one per file, strangers to one another."""

from regard.core.catalog import Catalog

OBJECTIVES = Catalog("objective", __name__)
