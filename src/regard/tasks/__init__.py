"""The catalog of tasks: one per file, strangers to one another."""
