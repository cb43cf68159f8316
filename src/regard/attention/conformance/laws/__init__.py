"""The catalog of laws: one per file, strangers to one another."""
