"""What is read takes no more memory than its largest piece, however much there is of it."""

import gzip
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from image_files import encoded, write_parquet
from peak_memory import peak_growth
from PIL import Image

from regard.core.errors import Corrupt
from regard.data.images.idx import IMAGES, read_idx
from regard.tasks.image_folder import image_folder
from regard.tasks.text_folder import text_folder

MEGABYTE = 2**20
SIDE = 2500
"""Of a photograph of 6 million pixels, which takes 19 MB as it is decoded."""
COUNT = 12


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path_factory.mktemp("cache")))


def photographs():
    """Encoded, each of another gray, with labels."""
    for number in range(COUNT):
        yield encoded(Image.new("RGB", (SIDE, SIDE), (number,) * 3), "JPEG"), number % 2


@pytest.mark.parametrize("form", ["tree", "parquet", "list"])
def test_photographs_are_decoded_one_at_a_time(tmp_path, form):
    place = tmp_path / "train.parquet"
    if form == "parquet":
        write_parquet(place, list(photographs()))
    else:
        for number, (data, label) in enumerate(photographs()):
            (tmp_path / str(label)).mkdir(exist_ok=True)
            (tmp_path / str(label) / f"{number}.jpg").write_bytes(data)
        place = tmp_path / "list.csv" if form == "list" else tmp_path
        lines = [f"{number % 2}/{number}.jpg,{number % 2}" for number in range(COUNT)]
        (tmp_path / "list.csv").write_text("\n".join(["image,label", *lines]))
    task = image_folder(data=str(place), resolution=16, held_out=0.3)

    grown = peak_growth(lambda: task.split("train"))

    assert grown < 6 * 3 * SIDE**2, f"{grown / MEGABYTE:.0f} MB"


def test_a_table_is_read_a_group_of_rows_at_a_time(tmp_path):
    # what cannot be compressed, behind an image that can be read
    size, count = 2 * MEGABYTE, 44
    noise = [encoded(Image.new("L", (8, 8), i)) + os.urandom(size) for i in range(count)]
    table = pa.table({"image": noise, "label": [i % 2 for i in range(count)]})
    pq.write_table(table, tmp_path / "train.parquet", row_group_size=2)
    del noise, table
    task = image_folder(data=str(tmp_path), resolution=8, held_out=0.3)

    grown = peak_growth(lambda: task.split("train"))

    assert grown < 30 * size, f"{grown / MEGABYTE:.0f} MB"


def test_a_group_of_rows_that_is_too_large_is_refused_by_the_header(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.data.sources.arrow_table.LARGEST_GROUP", 1000)
    write_parquet(tmp_path / "train.parquet", list(photographs())[:2])
    with pytest.raises(Corrupt, match=r"has a group of rows of .* bytes, more than 1,000.*row_group_size"):
        image_folder(data=str(tmp_path)).split("train")


def test_no_more_of_a_compressed_array_is_read_than_its_header_promises(tmp_path):
    header = IMAGES.to_bytes(4, "big") + b"".join(size.to_bytes(4, "big") for size in (10, 28, 28))
    zeros = gzip.compress(bytes(MEGABYTE))
    (tmp_path / "a.gz").write_bytes(gzip.compress(header) + 400 * zeros)

    def read():
        with pytest.raises(Corrupt, match=r"array of \[10, 28, 28\], but has more than 7,840 bytes"):
            read_idx(tmp_path / "a.gz", IMAGES)

    assert peak_growth(read) < 50 * MEGABYTE


def test_a_header_that_promises_too_much_is_refused_before_anything_is_read(tmp_path):
    header = IMAGES.to_bytes(4, "big") + b"".join(size.to_bytes(4, "big") for size in (2**24, 28, 28))
    (tmp_path / "a.gz").write_bytes(gzip.compress(header) + 400 * gzip.compress(bytes(MEGABYTE)))
    with pytest.raises(Corrupt, match=r"announces an array of .*more than 1,073,741,824 bytes"):
        read_idx(tmp_path / "a.gz", IMAGES)


def test_an_image_that_promises_too_many_pixels_is_refused_before_it_is_decoded(tmp_path):
    for number in range(2):
        (tmp_path / f"class {number}").mkdir()
        Image.new("1", (20_000, 10_000)).save(tmp_path / f"class {number}" / "a.png")
    task = image_folder(data=str(tmp_path), resolution=8, held_out=0.3)

    def read():
        with pytest.raises(Corrupt, match=r"a\.png has more than 89,478,485 pixels"):
            task.split("train")

    assert peak_growth(read) < 50 * MEGABYTE


def test_words_take_memory_once_however_often_they_occur(tmp_path):
    words = [f"w{number:05}" for number in range(1000)]
    texts = [" ".join(words[(7 * i + j) % 1000] for j in range(256)) for i in range(3000)]
    few, many = (_task_of(texts[:number], tmp_path / str(number)) for number in (100, 3000))
    few.split("train")  # what is loaded at the first reading is no memory of the texts

    # 768,000 words: as many references, and rows of as many tokens twice; a string each takes 40 MB more
    assert peak_growth(lambda: many.split("train")) < 55 * MEGABYTE


def _task_of(texts, folder):
    folder.mkdir()
    table = pa.table({"text": texts, "label": [i % 2 for i in range(len(texts))]})
    pq.write_table(table, folder / "train.parquet")
    return text_folder(data=str(folder), length=256)
