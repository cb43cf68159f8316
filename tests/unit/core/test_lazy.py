import dataclasses

from regard.core.lazy import lazy


@dataclasses.dataclass(frozen=True)
class Counted:
    """Counts how often its value is computed."""

    asked: list

    @lazy
    def value(self):
        """How often it was computed."""
        self.asked.append(1)
        return len(self.asked)


def test_the_value_is_computed_when_it_is_first_read_and_kept():
    counted = Counted([])

    assert counted.asked == []
    assert (counted.value, counted.value, counted.asked) == (1, 1, [1])


def test_a_changed_copy_computes_its_own():
    first = Counted([])
    assert first.value == 1

    assert dataclasses.replace(first, asked=[1, 1]).value == 3


def test_the_class_shows_the_description():
    assert Counted.value.__doc__ == "How often it was computed."
