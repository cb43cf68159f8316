import torch

from regard.core.randomness import generator_of, seed_of


def test_a_stream_repeats():
    assert torch.equal(
        torch.rand(5, generator=generator_of(1, "order")), torch.rand(5, generator=generator_of(1, "order"))
    )


def test_streams_of_other_names_or_seeds_differ():
    seeds = {seed_of(seed, *name) for seed in range(50) for name in (("a",), ("b",), ("a", 1), ("a", "b"))}

    assert len(seeds) == 200


def test_a_stream_leaves_the_global_generator_alone():
    before = torch.get_rng_state()

    torch.rand(3, generator=generator_of(1, "x"))

    assert torch.equal(before, torch.get_rng_state())
