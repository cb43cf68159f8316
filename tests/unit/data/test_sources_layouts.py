import sys

import pytest

from regard.core.errors import MissingFile
from regard.data.sources import Layout, Source, find, in_any_layout

POEMS = Source("poems", hub="someone/verses", folders=("poems_small",), configuration="plain")
LAYOUTS = (
    Layout("poems-1.0", "*.poem", lambda place: ("first", place)),
    Layout("", "poems.txt", lambda place: ("own", place), sign="poems.*"),
)


@pytest.fixture(autouse=True)
def without_the_hub(monkeypatch):
    monkeypatch.delenv("REGARD_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "datasets", None)


def sought(folder):
    data = folder and str(folder)
    return in_any_layout(POEMS, LAYOUTS, lambda: find(POEMS, "train", data), data)


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a")
    return path


@pytest.mark.parametrize("place", ["", "poems/", "poems_small/", "someone/verses/", "verses/"])
def test_a_layout_is_found_in_the_folder_of_data_and_in_that_of_the_set(tmp_path, place):
    folder = write(tmp_path / f"{place}poems-1.0" / "a.poem").parent
    assert sought(tmp_path) == ("first", folder)


def test_the_folder_of_the_set_itself_must_hold_the_sign(tmp_path):
    write(tmp_path / "poems.txt")
    write(tmp_path / "poems" / "other.txt")
    with pytest.raises(MissingFile, match="itself holds such files: if they are the set, rename it to poems"):
        sought(tmp_path)
    write(tmp_path / "verses" / "poems.txt")
    assert sought(tmp_path) == ("own", tmp_path / "verses")


def test_the_folder_that_is_named_may_be_the_set_s_own_or_that_of_a_layout(tmp_path):
    own = write(tmp_path / "verses" / "poems.txt").parent
    assert sought(own) == ("own", own)
    layout = write(tmp_path / "elsewhere" / "poems-1.0" / "a.poem").parent
    assert sought(layout) == ("first", layout)


def test_hidden_files_are_no_sign_of_a_layout(tmp_path):
    write(tmp_path / "poems-1.0" / ".DS_Store")
    with pytest.raises(MissingFile, match="poems: the split train was not found"):
        sought(tmp_path)


def test_the_first_layout_is_taken_of_several(tmp_path):
    write(tmp_path / "poems" / "poems.txt")
    folder = write(tmp_path / "poems" / "poems-1.0" / "a.poem").parent
    assert sought(tmp_path) == ("first", folder)


def test_an_empty_folder_is_no_layout(tmp_path):
    (tmp_path / "poems-1.0").mkdir()
    with pytest.raises(MissingFile, match="poems: the split train was not found"):
        sought(tmp_path)


@pytest.mark.parametrize(
    "name", ["train.parquet", "data/train-00000-of-00001.parquet", "plain/train.parquet"]
)
def test_parquet_comes_before_all_layouts(tmp_path, name):
    write(tmp_path / "poems-1.0" / "a.poem")
    path = write(tmp_path / "poems" / name)
    assert sought(tmp_path) == [path]


@pytest.mark.parametrize("name", ["test.parquet", "train_small.parquet", "training.parquet"])
def test_parquet_without_the_training_split_does_not(tmp_path, name):
    folder = write(tmp_path / "poems-1.0" / "a.poem").parent
    write(tmp_path / "poems" / name)
    assert sought(tmp_path) == ("first", folder)


def test_a_missing_shard_is_not_passed_over_for_a_layout(tmp_path):
    write(tmp_path / "poems-1.0" / "a.poem")
    write(tmp_path / "poems" / "train-00000-of-00002.parquet")
    with pytest.raises(MissingFile, match="shard 1 is missing"):
        sought(tmp_path)


LISTED = (
    r"Instead of parquet, the files as published are read: FOLDER/\[poems/\]poems-1\.0/\*\.poem, "
    r"FOLDER/poems/poems\.txt\.$"
)


@pytest.mark.parametrize("inside", ["", "poems"])
def test_where_nothing_is_found_all_layouts_are_said_in_one_line(tmp_path, inside):
    (tmp_path / inside).mkdir(exist_ok=True)
    with pytest.raises(MissingFile, match=f"^poems: .*train.parquet.*{LISTED}"):
        sought(tmp_path)


def test_where_no_folder_is_named_it_is_the_hub_s_turn_alone(tmp_path):
    with pytest.raises(MissingFile, match=r"REGARD_DATA names no folder of data.*regard\[hf\]'\.$"):
        sought(None)


def test_the_environment_names_the_folder_too(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_DATA", str(tmp_path))
    folder = write(tmp_path / "poems-1.0" / "a.poem").parent
    assert sought(None) == ("first", folder)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(MissingFile, match=r"task\.data names the folder '.*nowhere'"):
        sought(tmp_path / "nowhere")
