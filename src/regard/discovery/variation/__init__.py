"""Graphs varied: every child is of the right type by construction."""

from regard.discovery.variation.space import GraphSpace

__all__ = ["GraphSpace"]
