"""How good a model is on a split, and every figure of the test split."""
