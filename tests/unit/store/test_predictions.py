import pytest

from regard.core.errors import Corrupt
from regard.store import Predictions, read_predictions, write_predictions
from regard.store.predictions import FILE


def test_what_is_written_is_read(tmp_path):
    found = Predictions(("cat", "größe"), (0, 1, 1), (0, 0, 1))
    write_predictions(tmp_path, found)
    assert read_predictions(tmp_path) == found


def test_a_class_is_right_as_often_as_its_own_samples_are():
    found = Predictions(("cat", "größe", "none"), (0, 0, 0, 1), (0, 1, 0, 1))
    assert found.by_class == {"cat": pytest.approx(2 / 3), "größe": 1.0}


def test_where_nothing_was_kept_there_is_nothing(tmp_path):
    assert read_predictions(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"labels": []}',
        "null",
        '{"labels": ["a"], "targets": [1], "predicted": [0]}',
        '{"labels": ["a"], "targets": [0], "predicted": [-1]}',
        '{"labels": ["a"], "targets": [0, 0], "predicted": [0]}',
        '{"labels": [["a"]], "targets": [0], "predicted": [0]}',
        '{"labels": ["a"], "targets": "0", "predicted": [0]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(Corrupt, match="Remove it"):
        read_predictions(tmp_path)


def test_a_folder_in_its_place_is_one_line(tmp_path):
    (tmp_path / FILE).mkdir()
    with pytest.raises(Corrupt, match="Remove it"):
        read_predictions(tmp_path)
