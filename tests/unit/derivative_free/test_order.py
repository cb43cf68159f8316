"""The order of moves, from seed and cursor."""

import json

from regard.derivative_free import Order


def drawn(order, count):
    found = order.next(count).tolist()
    order.advance(len(found))
    return found


def test_a_poll_tries_every_move_once():
    order = Order(7, 0)

    assert sorted(drawn(order, 5) + drawn(order, 99)) == list(range(14))
    assert order.left == 0


def test_polls_and_seeds_have_orders_of_their_own():
    first = drawn(Order(50, 0), 100)
    again, other = Order(50, 0), Order(50, 1)
    again.renew()

    assert drawn(Order(50, 0), 100) == first
    assert first not in (drawn(again, 100), drawn(other, 100))


def test_an_order_goes_on_from_plain_values_at_any_move():
    order = Order(50, 3)
    order.renew()
    drawn(order, 41)
    state = json.loads(json.dumps(order.state_dict()))
    restored = Order(50, 0)
    restored.load_state_dict(state)

    assert drawn(restored, 99) == drawn(order, 99)
