"""The catalog of mechanisms: one per file, strangers to one another."""
