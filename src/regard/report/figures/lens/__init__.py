"""Figures of maps, drawn from what the lens saw. Knows no torch."""
