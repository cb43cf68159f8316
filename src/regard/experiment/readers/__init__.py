"""The catalog of readers that can be named: one per file, independent of one another.

Each is built with the project folder, under which it writes whatever it writes.
"""

from regard.core.catalog import Catalog

READERS = Catalog("reader", __name__)
