"""Known mechanisms as graphs: `library.known()` has them by name. Each equals its entry in the catalog."""

from regard.discovery.library.building import LIBRARY, known

__all__ = ["LIBRARY", "known"]
