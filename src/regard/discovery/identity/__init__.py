"""When two graphs are the same mechanism: by their simplest form, and by what they compute."""

from regard.discovery.identity.simplify import canonical, identity

__all__ = ["canonical", "identity"]
