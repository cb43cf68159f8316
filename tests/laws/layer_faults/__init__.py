"""Shells with one thing done wrong. Each is caught by a law of a layer."""
