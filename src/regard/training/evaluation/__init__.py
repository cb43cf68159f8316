"""How good a model is on a split, and all that the test split tells of it."""
