import pytest
from original_files import write_reviews
from task_cases import broken

from regard.core.errors import Corrupt, MissingFile
from regard.data.checking import SPLITS, TaskSubject
from regard.data.sources import Tree
from regard.data.text import reviews_in
from regard.tasks.imdb import imdb


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REGARD_DATA", raising=False)


def reviews(opinion, first, count):
    """Different reviews made of few words."""
    bits = [" ".join("no" if bit == "0" else "so" for bit in f"{i:09b}") for i in range(first, first + count)]
    return [f"a {opinion} film: {each}" for each in bits]


TEXTS = {
    "train/neg": reviews("poor", 0, 40),
    "train/pos": reviews("fine", 0, 40),
    "test/neg": reviews("poor", 100, 12),
    "test/pos": reviews("fine", 100, 8),
    "train/unsup": ["no opinion"],
}


@pytest.fixture
def folder(tmp_path):
    write_reviews(tmp_path / "aclImdb", TEXTS)
    for place in ("train", "test"):
        (tmp_path / "aclImdb" / place / "urls_neg.txt").write_text("http://example.org")
        (tmp_path / "aclImdb" / place / "labeledBow.feat").write_text("9 0:9")
    return tmp_path / "aclImdb"


def content_in(folder):
    return reviews_in(folder, ("negative", "positive")).content


def task_in(folder, **options):
    return imdb(**({"data": str(folder.parent), "level": "byte", "length": 64, "held_out": 8} | options))


def test_its_splits_are_those_of_the_folders(folder):
    task = task_in(folder)
    assert [task.split(name).targets.bincount().tolist() for name in SPLITS] == [
        [36, 36],
        [4, 4],
        [12, 8],
    ]


def test_its_test_is_the_files_by_name_the_negative_first(folder):
    task = task_in(folder)
    test = task.split("test")
    # 0_1, 10_1, 11_1, 1_1 and so on
    order = [0, 10, 11, *range(1, 10)]
    expected = [f"negative: {TEXTS['test/neg'][i]}" for i in order]
    expected += [f"positive: {text}" for text in TEXTS["test/pos"]]
    assert [task.show(test, i) for i in range(20)] == expected


def test_words_are_read_too(folder):
    assert not broken(TaskSubject(lambda: task_in(folder, level="word")), "fitting_samples")


def test_it_is_found_in_the_folder_of_the_set_too(folder):
    (folder.parent / "imdb").mkdir()
    folder.rename(folder.parent / "imdb" / "aclImdb")
    assert len(task_in(folder).split("test")) == 20


def test_a_changed_text_and_a_changed_opinion_make_another_content(folder):
    contents = [content_in(folder)]
    (folder / "train" / "neg" / "3_1.txt").write_text("changed")
    contents.append(content_in(folder))
    # the last of the negative ones becomes the first of the positive ones: the order of the texts stays
    (folder / "train" / "neg" / "9_1.txt").rename(folder / "train" / "pos" / "00_1.txt")
    contents.append(content_in(folder))
    assert len(set(contents)) == 3


def test_a_second_task_reads_no_text(folder, monkeypatch):
    task_in(folder).split("train")
    monkeypatch.setattr(Tree, "items", None)
    assert len(task_in(folder).split("test")) == 20


def test_texts_are_utf_8(folder):
    (folder / "test" / "neg" / "0_1.txt").write_bytes("naïve\x85 Żółw".encode())
    task = task_in(folder)
    assert task.show(task.split("test"), 0) == "negative: naïve Żółw"
    (folder / "test" / "neg" / "0_1.txt").write_bytes(b"na\xefve")
    with pytest.raises(Corrupt, match=r"neg/0_1\.txt is no text in UTF-8: byte 2 is 0xef"):
        task_in(folder).split("train")


@pytest.mark.parametrize("place", ["train/neg", "train/pos", "test/neg", "test/pos"])
def test_a_missing_folder_and_an_empty_one_are_named(folder, place):
    (folder / place).rename(folder / "elsewhere")
    words = f"aclImdb/{place} holds no reviews .*Download .*aclImdb again"
    with pytest.raises(MissingFile, match=words):
        task_in(folder).split("train")
    (folder / place).mkdir()
    with pytest.raises(MissingFile, match=words):
        task_in(folder).split("train")


def test_where_nothing_is_found_both_layouts_are_said(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    words = r"imdb/train\.parquet.*FOLDER/\[imdb/\]aclImdb/\{train,test\}/\{neg,pos\}/\*\.txt\.$"
    with pytest.raises(MissingFile, match=words):
        task_in(tmp_path / "aclImdb").split("train")
