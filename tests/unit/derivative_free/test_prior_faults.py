"""What went wrong in the public attempt at pattern search on transformers does not go wrong here."""

import time

import torch
from moving import bits, closure_of, same_bits, small_model
from torch import nn

from regard.configuration import configure
from regard.core.catalog import options_of
from regard.derivative_free import Order, Serial, Space
from regard.optimizers.greedy_random import GreedyRandom
from regard.optimizers.pattern_search import PatternSearch


def search_on(model, **options):
    return PatternSearch(model.named_parameters(), **{"radius": 0.5, **options})


def test_a_lucky_batch_is_not_compared_with_others():
    model = small_model()
    search = search_on(model, batch="fresh")
    lucky, usual = closure_of(model, 1), closure_of(model, 2)
    search.step(lambda: lucky() / 1e6)
    moves = search.accepted
    for _ in range(10):
        search.step(usual)

    assert search.accepted == moves + 10


def test_two_evaluations_of_one_point_are_equal_in_evaluation_mode():
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 2)).eval().double()
    closure = closure_of(model)

    assert closure() == closure()


def test_no_graph_is_made_and_no_gradient_set():
    model, graphs = small_model(), []
    x = torch.ones(4, 3, dtype=torch.float64)

    def closure():
        loss = model(x).square().mean()
        graphs.append(loss.requires_grad)
        return loss

    search = search_on(model)
    for _ in range(5):
        search.step(closure)

    assert not any(graphs)
    assert all(each.grad is None for each in model.parameters())


def test_an_order_of_two_hundred_thousand_moves_takes_no_tenth_of_a_shuffled_list():
    order = Order(100_000, 0)
    start = time.perf_counter()
    order.next(1)

    assert time.perf_counter() - start < 0.1
    assert len(str(order.state_dict())) < 100


def test_weights_are_bit_for_bit_the_same_after_a_failed_poll():
    model = small_model(torch.float32)
    before = bits(model)
    search = search_on(model, tolerance=1e6)
    search.step(closure_of(model))

    assert search.radius == 0.25
    assert same_bits(before, bits(model))


def test_radius_best_loss_and_order_are_in_the_state():
    model = small_model()
    search = search_on(model)
    search.step(closure_of(model))
    kept = search.state_dict()["search"]

    assert kept["best"] == search.best
    assert kept["memory"]["radius"] == search.radius
    assert {"seed", "poll", "cursor"} <= set(kept["memory"]["poll"]["order"])


def test_tensors_of_zeros_move():
    model = small_model()
    nn.init.zeros_(model[0].bias)
    GreedyRandom(model.named_parameters()).step(lambda: -model[0].bias.abs().sum())

    assert model[0].bias.abs().min() > 0


def test_every_option_of_pattern_search_is_used():
    search = search_on(small_model())
    held = {*vars(search), "scale", "batch", "poll", "block", "only"} | {"tests", "alpha"}

    assert set(options_of(PatternSearch)) <= held


def test_a_model_that_was_moved_is_still_the_one_that_changes():
    model = small_model(torch.float32)
    space = Space(model.named_parameters())
    evaluator = Serial(space)
    model.double()

    assert space.cell(0).data_ptr() == model[0].weight.data_ptr()
    assert evaluator.space is space


def test_the_membership_preset_scores_words_that_training_has_not_seen():
    run = configure(["+preset=pattern_search_membership"]).run(0)

    assert run.task.settings["language"] == "tomita4"
    assert run.training.patience is None


def test_a_search_rests_at_its_least_radius_and_counts_what_it_asks():
    model = small_model()
    closure = closure_of(model)
    search = search_on(model, tolerance=1e6, least_radius=0.2)
    for _ in range(5):
        search.step(closure)

    assert search.radius < 0.2
    assert search.evaluations == closure.calls == 1 + 2 * 2 * search.space.size
