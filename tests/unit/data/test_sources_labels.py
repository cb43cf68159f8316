"""What labels say, whatever table they stand in."""

import pytest

from regard.core.errors import Corrupt
from regard.data.sources.classes import Classes


def where(row):
    return f"row {row}"


def named(labels, declared=None):
    classes = Classes.among(labels, declared, where)
    return classes.names, classes.numbered(labels, where).tolist()


@pytest.mark.parametrize(
    "labels, names, numbers",
    [
        ([1, 2, 3, 1], ("1", "2", "3"), [0, 1, 2, 0]),
        ([2**40, 7], ("7", str(2**40)), [1, 0]),
        ([-1, 1, -1], ("-1", "1"), [0, 1, 0]),
        (["10", "9", "10"], ("9", "10"), [1, 0, 1]),
        (["pos", "neg"], ("neg", "pos"), [1, 0]),
        ([" pos", "pos ", "neg"], ("neg", "pos"), [1, 1, 0]),
        ([True, False], ("false", "true"), [1, 0]),
        ([1.0, 2.0], ("1", "2"), [0, 1]),
        ([1, "1", 2], ("1", "2"), [0, 0, 1]),
        (["żółw", "cat"], ("cat", "żółw"), [1, 0]),
    ],
)
def test_classes_are_the_labels_that_occur(labels, names, numbers):
    assert named(labels) == (names, numbers)


def test_declared_classes_keep_their_order_and_those_without_data_are_left_out():
    assert named([2, 0], ("pos", "mid", "neg")) == (("pos", "neg"), [1, 0])


@pytest.mark.parametrize(
    "label, words",
    [
        (None, "row 1 has no label"),
        ("", "row 1 has no label"),
        (float("nan"), "row 1 has no label"),
        (0.5, "'0.5' of type float"),
        ([1], "'\\[1\\]' of type list"),
        (b"pos", "of type bytes"),
        ("  ", "of type str"),
    ],
)
def test_what_is_no_label_is_named_by_its_row(label, words):
    with pytest.raises(Corrupt, match=words):
        named(["pos", label])


@pytest.mark.parametrize("label, words", [(3, "labels go from 0 to 1"), ("cow", "Expected one of cat, dog")])
def test_a_label_that_was_not_declared_is_refused(label, words):
    with pytest.raises(Corrupt, match=words):
        named([0, 1, label], ("cat", "dog"))


def test_a_class_without_training_data_is_refused():
    with pytest.raises(Corrupt, match=r"row 1 has the label 'c', of which there are no training data"):
        Classes.among(["a", "b"], None, where).numbered(["a", "c"], where)


def test_a_column_of_different_labels_for_all_rows_is_no_column_of_classes():
    with pytest.raises(Corrupt, match=r"40,000 different labels.*Name a column that holds classes"):
        named(range(40_000))
