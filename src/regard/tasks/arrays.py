"""A user's own arrays, given from Python."""

from regard.data.arrays import ArrayTask


def arrays(*, data: str, causal: bool = False, held_out: float = 0.1, data_seed: int = 0) -> ArrayTask:
    """Which target belongs to this input? Your own arrays, which `regard.data.from_arrays` has taken.

    `data`: the hash of their content, by which they lie in the cache; `from_arrays(...).spec` says it.
    `causal`: tokens are read from left to right. `held_out`: the share of samples taken for validation, and
    for the test, where they were not given. Vectors need model.patch=1.
    """
    return ArrayTask(data, causal=causal, held_out=held_out, data_seed=data_seed)
