import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regard.core.errors import Corrupt, MissingFile
from regard.data.sources import Source, class_names, content, count, find, find_file, rows

MODULE = sys.modules[content.__module__]
POEMS = Source("poems", hub="someone/verses", folders=("poems_small",), configuration="plain")


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REGARD_DATA", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))


def texts_in(*files):
    return [text for (text,) in rows(files, ["text"])]


def write(path, texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"text": texts, "label": list(range(len(texts)))}), path)


@pytest.mark.parametrize("name", ["poems", "poems_small", "someone/verses", "verses"])
@pytest.mark.parametrize("inside", ["", "data/", "plain/"])
def test_a_set_is_found_under_each_of_its_names(tmp_path, name, inside):
    path = tmp_path / name / f"{inside}train.parquet"
    write(path, ["a"])
    assert find(POEMS, "train", str(tmp_path)) == [path]


def test_the_option_comes_before_the_environment(tmp_path, monkeypatch):
    for place in ("one", "two"):
        write(tmp_path / place / "poems" / "train.parquet", [place])
    monkeypatch.setenv("REGARD_DATA", str(tmp_path / "one"))
    assert find(POEMS, "train") == [tmp_path / "one/poems/train.parquet"]
    assert find(POEMS, "train", str(tmp_path / "two")) == [tmp_path / "two/poems/train.parquet"]


def test_shards_come_in_order_and_other_files_stay_out(tmp_path):
    names = [f"train-{i:05}-of-00011.parquet" for i in range(11)]
    for i, name in reversed(list(enumerate(names))):
        write(tmp_path / "poems" / name, [str(i)])
    for other in ("train_small.parquet", "training.parquet", "test.parquet"):
        write(tmp_path / "poems" / other, ["no"])
    files = find(POEMS, "train", str(tmp_path))
    assert [path.name for path in files] == names
    assert texts_in(*files) == [str(i) for i in range(11)]


def test_the_folder_that_is_named_may_be_the_set_s_own(tmp_path, monkeypatch):
    path = tmp_path / "verses" / "train.parquet"
    write(path, ["a"])
    assert find(POEMS, "train", str(path.parent)) == [path]
    path.parent.rename(tmp_path / "mine")
    assert find(POEMS, "train", str(tmp_path / "mine")) == [tmp_path / "mine" / "train.parquet"]
    # a folder of several sets says by its name alone which one it is
    monkeypatch.setenv("REGARD_DATA", str(tmp_path / "mine"))
    words = r"mine has no folder poems, but holds train\.parquet itself.*task\.data=.*mine\.$"
    with pytest.raises(MissingFile, match=words):
        find(POEMS, "train")


def test_where_the_named_folder_has_not_the_set_the_network_is_not_blamed(tmp_path):
    with pytest.raises(
        MissingFile, match=r"task\.data names .*, where neither poems/train\.parquet"
    ) as caught:
        find(POEMS, "train", str(tmp_path))
    assert "network" not in str(caught.value)


@pytest.mark.parametrize("name", ["val", "valid", "validation", "dev"])
def test_validation_has_many_names(tmp_path, name):
    write(tmp_path / "poems" / f"{name}.parquet", ["a"])
    assert len(find(POEMS, "validation", str(tmp_path))) == 1


def test_a_missing_shard_is_named(tmp_path):
    for i in (0, 2):
        write(tmp_path / "poems" / f"train-0000{i}-of-00003.parquet", ["a"])
    with pytest.raises(MissingFile, match="shard 1 is missing"):
        find(POEMS, "train", str(tmp_path))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("train", "train-abcdef0123"), "twice"),
        (("train-00000-of-00001", "train-00005-of-00001"), "mixed"),
    ],
)
def test_which_files_are_meant_must_be_clear(tmp_path, names, words):
    for name in names:
        write(tmp_path / "poems" / f"{name}.parquet", ["a"])
    with pytest.raises(MissingFile, match=words):
        find(Source("poems", hub="someone/poems"), "train", str(tmp_path))


def test_a_missing_split_names_the_folder(tmp_path):
    write(tmp_path / "poems" / "train.parquet", ["a"])
    with pytest.raises(MissingFile, match=r"poems has no test\.parquet"):
        find(POEMS, "test", str(tmp_path))


def test_a_folder_that_does_not_exist_is_named_with_its_origin(tmp_path, monkeypatch):
    with pytest.raises(MissingFile, match=r"task\.data names the folder '.*nowhere'"):
        find(POEMS, "train", str(tmp_path / "nowhere"))
    monkeypatch.setenv("REGARD_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(MissingFile, match="REGARD_DATA names the folder"):
        find(POEMS, "train")


def test_a_file_is_found_by_its_path_or_missed_with_a_remedy(tmp_path):
    write(tmp_path / "poems" / "sub" / "a.parquet", ["a"])
    assert find_file(POEMS, "sub/a.parquet", str(tmp_path)).is_file()
    with pytest.raises(MissingFile, match=r"poems/b\.txt.*REGARD_DATA.*task\.data=FOLDER"):
        find_file(POEMS, "b.txt", str(tmp_path))
    with pytest.raises(MissingFile, match=r"FOLDER/poems/b\.txt"):
        find_file(POEMS, "b.txt")


class TestTables:
    def test_rows_hold_everything_in_order(self, tmp_path):
        write(tmp_path / "a.parquet", [str(i) for i in range(1000)])
        assert texts_in(tmp_path / "a.parquet") == list(map(str, range(1000)))
        assert count([tmp_path / "a.parquet"] * 2) == 2000

    def test_a_missing_column_is_named_beside_those_there_are(self, tmp_path):
        write(tmp_path / "a.parquet", ["a"])
        with pytest.raises(Corrupt, match=r"a\.parquet has no column 'img', only text, label"):
            list(rows([tmp_path / "a.parquet"], ["img"]))

    @pytest.mark.parametrize("damage", [b"", b"no parquet", None])
    def test_a_damaged_file_is_named(self, tmp_path, damage):
        path = tmp_path / "a.parquet"
        write(path, ["a"] * 100)
        path.write_bytes(path.read_bytes()[:200] if damage is None else damage)
        with pytest.raises(Corrupt, match=r"a\.parquet cannot be read"):
            texts_in(path)
        with pytest.raises(Corrupt, match=r"a\.parquet cannot be read"):
            count([path])

    def test_without_names_of_classes_there_are_none(self, tmp_path):
        write(tmp_path / "a.parquet", ["a"])
        assert class_names(tmp_path / "a.parquet", "label") is None

    @pytest.mark.parametrize("said", ['{"info": null}', '{"info": {"features": []}}', "[]"])
    def test_a_note_that_names_no_classes_is_none(self, tmp_path, said):
        table = pa.table({"label": [1]}).replace_schema_metadata({"huggingface": said})
        pq.write_table(table, tmp_path / "a.parquet")
        assert class_names(tmp_path / "a.parquet", "label") is None

    def test_a_note_that_is_no_json_is_refused(self, tmp_path):
        table = pa.table({"label": [1]}).replace_schema_metadata({"huggingface": "{nope"})
        pq.write_table(table, tmp_path / "a.parquet")
        with pytest.raises(Corrupt, match="no JSON"):
            class_names(tmp_path / "a.parquet", "label")

    def test_an_empty_shard_is_no_fault_where_others_have_rows(self, tmp_path):
        write(tmp_path / "a.parquet", [])
        write(tmp_path / "b.parquet", ["one"])
        assert texts_in(tmp_path / "a.parquet", tmp_path / "b.parquet") == ["one"]


class TestContent:
    def test_it_changes_with_any_byte_and_with_the_order(self, tmp_path):
        first, second = tmp_path / "a", tmp_path / "b"
        first.write_bytes(b"one")
        second.write_bytes(b"two")
        both = content([first, second])
        assert both != content([second, first])
        second.write_bytes(b"twoo")
        assert both != content([first, second])

    def test_a_file_is_hashed_once(self, tmp_path, monkeypatch):
        path = tmp_path / "a"
        path.write_bytes(b"one")
        monkeypatch.setattr(MODULE, "SETTLED_SECONDS", -1)
        expected = content([path])
        monkeypatch.setattr(MODULE, "sha256", None)
        assert content([path]) == expected

    def test_other_bytes_of_equal_size_and_time_are_noticed(self, tmp_path):
        path = tmp_path / "a"
        path.write_bytes(b"one")
        before, times = content([path]), (path.stat().st_atime_ns, path.stat().st_mtime_ns)
        path.write_bytes(b"two")
        os.utime(path, ns=times)
        assert content([path]) != before

    def test_a_file_that_was_put_in_the_place_of_a_remembered_one_is_noticed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(MODULE, "SETTLED_SECONDS", -1)
        first, second = tmp_path / "a", tmp_path / "b"
        first.write_bytes(b"one")
        second.write_bytes(b"two")
        before, times = content([first]), (first.stat().st_atime_ns, first.stat().st_mtime_ns)
        os.utime(second, ns=times)
        second.replace(first)
        assert content([first]) != before

    def test_files_that_change_while_they_are_read_are_refused(self, tmp_path, monkeypatch):
        (tmp_path / "a").write_bytes(b"one")

        def hash_and_change(path):
            path.write_bytes(b"four")
            return "0"

        monkeypatch.setattr(MODULE, "sha256", hash_and_change)
        with pytest.raises(Corrupt, match="changed while they were read"):
            content([tmp_path / "a"])

    def test_a_damaged_note_is_made_anew(self, tmp_path):
        path = tmp_path / "a"
        path.write_bytes(b"one")
        expected = content([path])
        for note in (tmp_path / "cache" / "hashes").iterdir():
            note.write_bytes(b"\xff{")
        assert content([path]) == expected

    @pytest.mark.parametrize("listed", ["a", "./a", "*a"])
    @pytest.mark.parametrize("above", [False, True])
    def test_a_promised_hash_must_be_the_one_found(self, tmp_path, listed, above):
        path = tmp_path / "set" / "a"
        path.parent.mkdir()
        path.write_bytes(b"one")
        name = listed.replace("a", "set/a") if above else listed
        sums = (tmp_path if above else path.parent) / "SHA256SUMS"
        good = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
        sums.write_text(f"{'0' * 64}  other\n{good}  {name}\n")
        content([path])
        sums.write_text(f"{'0' * 64}  {name}\n")
        with pytest.raises(Corrupt, match=f"expected SHA-256 {'0' * 64}, found {good}"):
            content([path])

    def test_a_promise_about_a_link_is_one_about_the_file_it_leads_to(self, tmp_path):
        (tmp_path / "elsewhere").write_bytes(b"one")
        (tmp_path / "set").mkdir()
        (tmp_path / "set" / "a").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "set" / "SHA256SUMS").write_text(f"# mine\nSHA256 (a) = {'0' * 64}\n")
        with pytest.raises(Corrupt, match="set/a is not the file"):
            content([tmp_path / "set" / "a"])

    @pytest.mark.parametrize("line", [b"a", b"\xff\xfe", b"123  a", b"0" * 64])
    def test_a_line_that_promises_nothing_is_refused(self, tmp_path, line):
        (tmp_path / "a").write_bytes(b"one")
        (tmp_path / "SHA256SUMS").write_bytes(b"\n" + line)
        with pytest.raises(Corrupt, match="SHA256SUMS, line 2, is not of the form"):
            content([tmp_path / "a"])

    def test_many_files_are_remembered_in_one_note(self, tmp_path, monkeypatch):
        monkeypatch.setattr(MODULE, "SETTLED_SECONDS", -1)
        for i in range(50):
            (tmp_path / f"{i}").write_bytes(b"x")
        content(tmp_path / f"{i}" for i in range(50))
        assert len(list((tmp_path / "cache" / "hashes").iterdir())) == 1

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(MissingFile, match="nothing"):
            content([tmp_path / "nothing"])
