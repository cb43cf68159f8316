import pytest

from regard.core import numbers
from regard.core.numbers import NONE


@pytest.mark.parametrize(
    ("call", "value", "text"),
    [
        (numbers.percent, 0.9712, "97.1\N{NO-BREAK SPACE}%"),
        (numbers.percent, 1.0, "100.0\N{NO-BREAK SPACE}%"),
        (numbers.percent, 0.9997, "99.97\N{NO-BREAK SPACE}%"),
        (numbers.percent, 0.0, "0.0\N{NO-BREAK SPACE}%"),
        (numbers.points, 0.0124, "+1.2"),
        (numbers.points, -0.0124, "−1.2"),
        (numbers.points, -0.0001, "0.0"),
        (numbers.distance, 0.01, "1 point"),
        (numbers.distance, 0.005, "0.5 points"),
        (numbers.span, (0.9621, 0.98), "96.2 to 98.0"),
        (numbers.signed_span, (-0.003, 0.014), "−0.3 to +1.4"),
        (numbers.p_value, 0.0421, "0.042"),
        (numbers.p_value, 1e-9, "< 0.001"),
        (numbers.count, 12345.0, "12\N{NARROW NO-BREAK SPACE}345"),
        (numbers.short, 12_345_678, "12.3 M"),
        (numbers.short, 999.6, "1.00 k"),
        (numbers.short, 0, "0"),
        (numbers.brief, 2_500_000, "2.5 M"),
        (numbers.brief, 0.4, "0.4"),
        (numbers.significant, 0.012345, "0.0123"),
        (numbers.significant, 1e-7, "1.00e-07"),
        (numbers.memory, 1_572_864, "1.50 MiB"),
        (numbers.memory, 17, "17 B"),
        (numbers.setting, 0.00001, "1e-05"),
    ],
)
def test_a_number_is_written_as_people_read_it(call, value, text):
    assert call(value) == text


@pytest.mark.parametrize(
    "call",
    [numbers.percent, numbers.points, numbers.span, numbers.signed_span, numbers.p_value, numbers.count,
     numbers.short, numbers.significant, numbers.memory, numbers.setting],
)  # fmt: skip
def test_what_does_not_exist_is_a_dash(call):
    assert call(None) == NONE


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.43, "0.43 s"), (99, "99 s"), (150, "2 min"), (5400, "90 min"), (7500, "2 h 5 min")],
)
def test_durations_are_said_as_people_say_them(seconds, said):
    assert numbers.duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 candidates"), (1, "1 candidate"), (2, "2 candidates"), (11, "11 candidates")]
)
def test_a_noun_follows_its_number(number, text) -> None:
    assert numbers.counted(number, "candidate") == text
