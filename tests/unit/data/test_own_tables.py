"""A user's own tables: which files, which shards, which columns, which formats."""

import csv
import importlib
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regard.core.errors import Corrupt, MissingFile
from regard.data.sources import Columns, own_tables, place_of_own, require_columns, rows, rows_in
from regard.data.sources.labeled_rows import labels_in

TABLE = {"text": ["good, they said", 'a "fine"\nfilm', "Żółw 🐢"], "label": ["pos", "pos", "neg"]}
PAIRS = list(zip(*TABLE.values(), strict=True))
SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow")


def write(path, table=TABLE):
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.suffix.lower()
    if kind == ".parquet":
        pq.write_table(pa.table(table), path)
    elif kind == ".arrow":
        with pa.ipc.new_stream(path, pa.table(table).schema) as stream:
            stream.write_table(pa.table(table))
    elif kind in (".csv", ".tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="," if kind == ".csv" else "\t")
            writer.writerows([table.keys(), *zip(*table.values(), strict=True)])
    else:
        lines = [json.dumps(dict(zip(table, row, strict=True))) for row in zip(*table.values(), strict=True)]
        path.write_text("\n".join(lines), encoding="utf-8")
    return path


def read(path):
    return list(rows([path], ["text", "label"]))


@pytest.mark.parametrize("name", ["train.csv.gz", "Train.json", "training.xlsx"])
def test_a_table_to_train_on_in_another_format_is_named_and_not_taken_for_no_data(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(MissingFile, match=f"{name} is no table that is read. Decompress it, or write it"):
        own_tables(tmp_path)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_an_empty_file_is_called_so(tmp_path, suffix):
    path = tmp_path / f"train{suffix}"
    path.touch()
    with pytest.raises(Corrupt, match=r"train\.\w+ is empty\. Fill or remove it\."):
        require_columns({"train": [path]}, Columns("text", "label"), Columns("text", "label"))


@pytest.mark.parametrize("data", ["", " "])
def test_no_name_is_not_the_present_folder(data):
    with pytest.raises(MissingFile, match=r"task\.data is empty"):
        place_of_own(data)


def test_rows_that_an_old_saved_set_keeps_apart_are_not_guessed(tmp_path):
    state = {"_data_files": [{"filename": "a.arrow"}], "_indices_data_files": [{"filename": "i.arrow"}]}
    (tmp_path / "state.json").write_text(json.dumps(state))
    with pytest.raises(Corrupt, match="keeps apart which of its rows are meant"):
        own_tables(tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
class TestEveryFormat:
    def test_gives_the_same_rows(self, tmp_path, suffix):
        assert read(write(tmp_path / f"a{suffix}")) == PAIRS
        assert read(write(tmp_path / f"b{suffix.upper()}")) == PAIRS

    def test_names_a_column_that_is_not_there_and_the_option(self, tmp_path, suffix):
        files = {"train": [write(tmp_path / f"a{suffix}", {"text": ["x"], "labels": ["y"]})]}
        with pytest.raises(Corrupt) as caught:
            require_columns(files, Columns("text", "label"), Columns("text", "label"))
        assert f"a{suffix} has no column 'label', only text, labels." in str(caught.value)
        assert "task.label=COLUMN. Did you mean 'labels'?" in str(caught.value)
        assert "ownload" not in str(caught.value)

    def test_is_found_as_a_file_in_a_folder_and_in_shards(self, tmp_path, suffix):
        one = write(tmp_path / f"mine{suffix}")
        assert own_tables(one) == {"train": [one]}
        parts = {name: write(tmp_path / "set" / f"{name}{suffix}") for name in ("train", "dev", "test")}
        expected = {"train": [parts["train"]], "validation": [parts["dev"]], "test": [parts["test"]]}
        assert own_tables(tmp_path / "set") == expected
        shards = [write(tmp_path / "shards" / f"train-0000{i}-of-00003{suffix}") for i in range(3)]
        assert own_tables(tmp_path / "shards") == {"train": shards}
        shards[1].unlink()
        with pytest.raises(MissingFile, match=rf"train-00001-of-00003\{suffix}\)"):
            own_tables(tmp_path / "shards")

    def test_of_nothing_says_so(self, tmp_path, suffix):
        path = tmp_path / f"a{suffix}"
        path.write_bytes(b"")
        with pytest.raises(Corrupt, match=rf"a\{suffix}"):
            read(path)


@pytest.mark.parametrize(
    "names, words",
    [
        (["train", "test-00000-of-00002"], "test.* shard 1 is missing"),
        (["train-00000-of-00002", "train-00001-of-00003"], "different divisions"),
        (["train-00000-of-00002-ab12", "train-00001-of-00003-ab13"], "different divisions"),
        (["train-00000-of-00001", "train"], "twice"),
        (["train-00002-of-00002", "train-00000-of-00002"], "different divisions"),
        (["train-00000-of-00002-ab", "train-00000-of-00002-cd", "train-00001-of-00002-ab"], "twice"),
        (["train", "val", "validation"], "twice"),
        (["train", "Train"], "twice"),
    ],
)
def test_shards_that_are_not_one_whole_are_refused(tmp_path, names, words):
    for name in names:
        write(tmp_path / f"{name}.parquet")
    with pytest.raises(MissingFile, match=words):
        own_tables(tmp_path)


@pytest.mark.parametrize("name, sign", [("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", ",")])
def test_fields_parted_by_other_signs_are_told(tmp_path, name, sign):
    (tmp_path / name).write_text(f"text{sign}label\nx{sign}y\n")
    columns = Columns("text", "label")
    with pytest.raises(Corrupt, match=r"parted by other signs than its name says: write commas into \.csv"):
        require_columns({"train": [tmp_path / name]}, columns, columns)


def test_one_shard_of_several_is_no_whole_table(tmp_path):
    with pytest.raises(MissingFile, match=r"train-00000-of-00002\.csv is one of 2 shards\. Name the folder"):
        own_tables(write(tmp_path / "train-00000-of-00002.csv"))
    assert own_tables(write(tmp_path / "train-00000-of-00001.csv"))


def test_two_formats_of_one_part_are_refused(tmp_path):
    write(tmp_path / "train.csv")
    write(tmp_path / "train.parquet")
    with pytest.raises(MissingFile, match=r"twice: train\.csv and train\.parquet"):
        own_tables(tmp_path)


def test_tables_of_other_names_are_named_with_what_to_do(tmp_path):
    write(tmp_path / "reviews.csv")
    with pytest.raises(MissingFile, match=r"none called train.*task\.data=.*reviews\.csv"):
        own_tables(tmp_path)


def test_tables_in_a_folder_of_their_own_are_told_where_to_lie(tmp_path):
    for number in range(2):
        write(tmp_path / "train" / f"000{number}.parquet")
    with pytest.raises(
        MissingFile, match=r"train holds tables, not classes\. Call them .*train-00000-of-00002\.parq"
    ):
        own_tables(tmp_path)


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"x")
    with pytest.raises(MissingFile, match=r"a\.xlsx is no table.*\.parquet, \.arrow, \.csv"):
        own_tables(tmp_path / "a.xlsx")


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    for name in ("a.csv", "a.tsv", "a.jsonl"):
        path = write(tmp_path / name)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert read(path) == PAIRS


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("a.csv", b"text,label\nx,y,z\n", "line 2, has 3 fields, but the first line has 2"),
        ("a.csv", b'text,label\n"x,y\n', "a.csv, line 2"),
        ("a.csv", "text,label\nnaïve,y\n".encode("latin-1"), r"no text in UTF-8.*0xef"),
        ("a.csv", "text,label\nx,y\n".encode("utf-16"), "no text in UTF-8"),
        ("a.jsonl", b'{"text": "x", "label": 1}\n[1]\n', "line 2, is no JSON object"),
        ("a.jsonl", b'{"text": "x", "label": 1}\n\n{"text": "y"}\n', "line 3, has no 'label', only text"),
        ("a.jsonl", b'{"text"', "line 1, is no JSON object"),
        ("a.jsonl", b"[" * 100_000, "line 1, is no JSON object"),
    ],
)
def test_a_damaged_text_table_is_named_with_its_line(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Corrupt, match=words):
        read(tmp_path / name)


def test_more_rows_than_any_set_has_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.data.sources.tables.MOST_ROWS", 2)
    with pytest.raises(Corrupt, match="has 3 rows, more than 2"):
        read(write(tmp_path / "a.parquet"))


class TestSaved:
    @pytest.fixture
    def datasets(self, monkeypatch, tmp_path):
        datasets = pytest.importorskip("datasets")
        datasets.disable_progress_bars()
        return datasets

    def test_sets_and_splits_are_found(self, datasets, tmp_path):
        one = datasets.Dataset.from_dict(TABLE)
        one.save_to_disk(tmp_path / "one")
        datasets.DatasetDict(train=one, valid=one).save_to_disk(tmp_path / "splits")
        assert read(*own_tables(tmp_path / "one")["train"]) == PAIRS
        found = own_tables(tmp_path / "splits")
        assert set(found) == {"train", "validation"}
        assert read(*found["validation"]) == PAIRS

    def test_a_missing_shard_is_named(self, datasets, tmp_path):
        datasets.Dataset.from_dict(TABLE).save_to_disk(tmp_path / "one", num_shards=2)
        (tmp_path / "one" / "data-00001-of-00002.arrow").unlink()
        with pytest.raises(MissingFile, match=r"names data-00001-of-00002\.arrow, but it is missing"):
            own_tables(tmp_path / "one")

    def test_splits_without_one_that_trains_are_refused(self, datasets, tmp_path):
        datasets.DatasetDict(test=datasets.Dataset.from_dict(TABLE)).save_to_disk(tmp_path)
        with pytest.raises(MissingFile, match="has test, but no train"):
            own_tables(tmp_path)


def test_labels_are_read_once_for_tables_that_stay_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    module = importlib.import_module("regard.data.sources.labeled_rows")
    reads = []
    monkeypatch.setattr(module, "labels_in", lambda *given: reads.append(given) or labels_in(*given))
    columns = Columns("text", "label")

    def classes(*labels):
        path = write(tmp_path / "train.csv", {"text": ["a", "b"], "label": list(labels)})
        found = rows_in({"train": [path]}, columns, lambda value, where: value, own=True)
        return found.classes, found.parts["train"].labels.tolist()

    assert classes("yes", "no") == classes("yes", "no") == (("no", "yes"), [1, 0])
    assert len(reads) == 1
    assert classes("no", "yes") == (("no", "yes"), [0, 1])
    assert len(reads) == 2
