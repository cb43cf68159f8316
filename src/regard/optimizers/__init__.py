"""The catalog of optimizers: one per file, strangers to one another."""
