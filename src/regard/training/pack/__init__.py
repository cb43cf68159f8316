"""Several seeds of one description trained at once, as one batched model."""
