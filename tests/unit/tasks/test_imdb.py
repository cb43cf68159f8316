import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from task_cases import broken

from regard.core.errors import Corrupt, MissingFile
from regard.core.spec import Spec
from regard.data.checking import SPLITS, TaskSubject
from regard.data.text import PADDING, UNKNOWN
from regard.tasks.imdb import imdb

VARIANTS = (
    Spec("imdb"),
    Spec.of("imdb", level="byte", length=200, data_seed=1),
)
NEEDS_DATA = True
REFUSED = (
    (Spec.of("imdb", length=0), "length", "1 and 4,096", "0"),
    (Spec.of("imdb", length=10**6), "length", "1,000,000"),
    (Spec.of("imdb", vocabulary=2), "vocabulary", "2"),
    (Spec.of("imdb", held_out=0), "held_out", "0"),
    (Spec.of("imdb", level="letter"), "level", "letter"),
)


def review(number):
    """One of many different reviews made of few words."""
    bits = " ".join("no" if bit == "0" else "so" for bit in f"{number:09b}")
    return f"a {('poor', 'fine')[number % 2]} film: {bits}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    (tmp_path / "imdb").mkdir()
    write(tmp_path, "train", [review(i) for i in range(200)], [i % 2 for i in range(200)])
    write(tmp_path, "test", [review(i) for i in range(195, 295)], [i % 2 for i in range(195, 295)])
    return tmp_path


def write(folder, split, texts, labels, names=("text", "label")):
    pq.write_table(
        pa.table(dict(zip(names, (texts, labels), strict=True))), folder / "imdb" / f"{split}.parquet"
    )


def task_in(folder, **options):
    return imdb(**({"data": str(folder), "length": 16, "held_out": 20} | options))


@pytest.mark.parametrize("level", ["word", "byte"])
def test_the_laws_hold_on_any_reviews(folder, level):
    subject = TaskSubject(imdb, {"data": str(folder), "held_out": 20, "level": level, "length": 64})

    # one word says it all in these reviews
    assert {verdict.law for verdict in broken(subject)} == {"look_ups"}


def test_reviews_of_the_test_split_are_taken_out_of_the_training_texts(folder):
    task = task_in(folder)
    assert len(task.split("test")) == 100
    assert len(task.split("train")) + len(task.split("validation")) == 195
    assert len(task.split("validation")) == 20


def test_the_vocabulary_is_that_of_training_texts_alone(folder):
    write(folder, "test", ["words that have never been trained on"] * 2, [0, 1])
    task = task_in(folder)
    assert (task.split("test").inputs[0, :6] == UNKNOWN).all()


def test_texts_of_length_0_and_100000_are_defined(folder):
    write(folder, "test", ["", "<br />", "fine " * 100_000], [0, 1, 1])
    samples = task_in(folder).split("test")
    assert samples.inputs[0].tolist() == samples.inputs[1].tolist() == [UNKNOWN] + [PADDING] * 15
    assert samples.keys.sum(1).tolist() == [1, 1, 16]


def test_a_review_shows_its_words(folder):
    task = task_in(folder, level="byte", length=64)
    samples = task.split("test")
    assert task.show(samples, 1) == f"negative: {review(196)}"


@pytest.mark.parametrize(
    "label, words", [(2, "has the label 2, but labels go from 0 to 1"), (-1, "label -1"), (None, "no label")]
)
def test_a_label_out_of_range_is_named_with_its_row(folder, label, words):
    write(folder, "train", ["a", "b", "c"], [0, label, 1])
    with pytest.raises(Corrupt, match=rf"train\.parquet, row 1, .*{words}"):
        task_in(folder).split("train")


@pytest.mark.parametrize("split", ["train", "test"])
def test_reviews_of_one_opinion_alone_are_refused(folder, split):
    write(folder, split, [review(2 * i) for i in range(200)], [0] * 200)
    with pytest.raises(Corrupt, match=f"for {split} has the one class 'negative'; at least two"):
        task_in(folder).split("train")


def test_chance_is_what_guessing_the_more_frequent_opinion_reaches(folder):
    write(folder, "test", [review(i) for i in range(300, 310)], [0] * 7 + [1] * 3)
    write(folder, "train", [review(i) for i in range(200)], [0] * 150 + [1] * 50)
    assert task_in(folder).chance == pytest.approx(0.7)


def test_a_missing_text_is_named_with_its_row(folder):
    write(folder, "train", ["a", None], [0, 1])
    with pytest.raises(Corrupt, match="row 1, has no text"):
        task_in(folder).split("train")


@pytest.mark.parametrize("count", [0, 1])
def test_where_no_review_is_left_for_a_split_that_is_said(folder, count):
    write(folder, "test", [review(i) for i in range(count, 200)], [i % 2 for i in range(count, 200)])
    with pytest.raises(Corrupt, match=r"no review is left for (train|validation)"):
        task_in(folder).split("train")


def test_a_missing_column_and_an_empty_file_are_one_line(folder):
    write(folder, "train", ["a"], [0], names=("review", "label"))
    with pytest.raises(Corrupt, match="no column 'text', only review, label"):
        task_in(folder).split("train")
    (folder / "imdb" / "train.parquet").write_bytes(b"")
    with pytest.raises(Corrupt, match=r"train\.parquet cannot be read"):
        task_in(folder).split("train")


def test_a_missing_folder_says_what_to_do(tmp_path):
    with pytest.raises(MissingFile, match=r"Correct task\.data"):
        task_in(tmp_path / "nowhere").split("train")


@pytest.mark.data
class TestTheRealReviews:
    def test_there_are_as_many_as_were_published(self):
        task = imdb()
        sizes = {name: len(task.split(name)) for name in SPLITS}
        assert sizes["test"] == 25_000
        assert sizes["validation"] == 2_500
        # 123 lie in the test split too, in the training split as often or more
        assert 24_700 < sizes["train"] + sizes["validation"] <= 24_877
        assert task.split("test").targets.bincount().tolist() == [12_500, 12_500]

    def test_both_classes_validate_alike(self):
        counts = imdb().split("validation").targets.bincount()
        assert torch.equal(counts, torch.tensor([1_250, 1_250])) or abs(counts[0] - counts[1]) < 10
