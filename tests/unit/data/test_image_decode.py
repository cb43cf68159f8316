import io
import struct
import zlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from image_files import encoded, picture, rows, write_idx, write_parquet
from PIL import Image

from regard.core.errors import Corrupt
from regard.data.images.collection import Collection
from regard.data.images.decode import fitted, opened
from regard.data.images.idx import Idx, read_idx
from regard.data.images.rows import encoded_image
from regard.data.sources import Columns, Contents, rows_in


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))


def contents_in(**files):
    return rows_in(files, Columns("image", "label"), encoded_image)


def part_in(*files):
    return contents_in(train=list(files)).parts["train"]


def decoded(image, side=12, channels=3, kind="PNG"):
    return fitted(opened(encoded(image, kind), "x"), side, channels, "x")


class TestPixels:
    def test_an_image_of_the_right_size_is_exactly_itself(self):
        assert (decoded(picture(1, 2)) == np.asarray(picture(1, 2)).transpose(2, 0, 1)).all()

    @pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr", "HSV", "LAB"])
    def test_every_mode_becomes_three_channels_of_bytes(self, mode):
        image = picture(0, 0).convert("RGBA").convert("RGB")
        image = image.quantize(16) if mode == "P" else image.convert("RGB").convert(mode)
        kind = {"CMYK": "JPEG", "YCbCr": "JPEG", "LAB": "TIFF", "HSV": "TIFF"}.get(mode, "PNG")
        kind = "TIFF" if mode in ("HSV", "LAB") else kind
        pixels = fitted(image, 12, 3, "x") if mode in ("HSV", "LAB") else decoded(image, kind=kind)
        assert pixels.shape == (3, 12, 12)
        assert pixels.dtype == np.uint8

    def test_gray_images_have_three_equal_channels_or_one(self):
        gray = picture(0, 0).convert("L")
        pixels = decoded(gray)
        assert (pixels == np.asarray(gray)).all()
        assert (decoded(gray, channels=1) == np.asarray(gray)).all()

    def test_sixteen_bits_are_scaled_and_not_cut_off(self):
        levels = np.array([[0, 257, 32896, 65535]] * 4, np.uint16)
        pixels = decoded(Image.fromarray(levels), 4)
        assert pixels[0, 0].tolist() == [0, 1, 128, 255]

    @pytest.mark.parametrize("mode", ["F", "I"])
    def test_levels_without_a_known_range_are_refused(self, mode):
        image = Image.fromarray(np.ones((4, 4), np.float32 if mode == "F" else np.int32))
        with pytest.raises(Corrupt, match="32-bit levels"):
            decoded(image, 4, kind="TIFF")

    def test_an_image_that_says_how_it_was_held_is_turned_upright(self):
        image = picture(0, 0)
        exif = Image.Exif()
        exif[274] = 6  # held with its top to the right
        buffer = io.BytesIO()
        image.save(buffer, "PNG", exif=exif)
        turned = fitted(opened(buffer.getvalue(), "x"), 12, 3, "x")
        assert (turned == np.asarray(image.rotate(-90)).transpose(2, 0, 1)).all()

    @pytest.mark.parametrize("mode", ["RGBA", "LA"])
    def test_what_is_transparent_is_black_whatever_lies_behind(self, mode):
        image = Image.new("RGBA", (4, 4), (200, 200, 200, 0)).convert(mode)
        assert (decoded(image, 4) == 0).all()

    @pytest.mark.parametrize("size", [(40, 20), (20, 40)])
    def test_the_shorter_side_is_resized_and_the_middle_cut_out(self, size):
        ramp = np.add.outer(np.arange(size[1]), np.arange(size[0])) * 4
        image = Image.fromarray(ramp.astype(np.uint8))
        halves = image.resize((size[0] // 2, size[1] // 2), Image.Resampling.BICUBIC)
        left, top = (size[0] // 2 - 10) // 2, (size[1] // 2 - 10) // 2
        expected = np.asarray(halves.crop((left, top, left + 10, top + 10))).astype(int)
        found = decoded(image, 10, 1)[0].astype(int)
        assert abs(found - expected)[2:-2, 2:-2].max() <= 2

    def test_the_smallest_image_grows(self):
        assert (decoded(Image.new("RGB", (1, 1), (1, 2, 3)), 8)[:, 3, 3] == [1, 2, 3]).all()


class TestDamage:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
    @pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
    def test_a_truncated_image_is_named_or_read_never_a_crash(self, kind, share):
        content = encoded(picture(0, 0, 64), kind)
        content = content[: int(len(content) * share)]
        try:
            pixels = fitted(opened(content, "file, row 3,"), 8, 3, "file, row 3,")
        except Corrupt as error:
            assert str(error).startswith("file, row 3, ")
            assert "\n" not in str(error)
        else:
            assert pixels.shape == (3, 8, 8)

    @pytest.mark.parametrize("kind", ["PNG", "JPEG"])
    def test_half_an_image_is_refused(self, kind):
        content = encoded(picture(0, 0, 64), kind)
        with pytest.raises(Corrupt, match="row 3, is damaged"):
            fitted(opened(content[: len(content) // 2], "row 3,"), 8, 3, "row 3,")

    @pytest.mark.parametrize("content", [None, b"", b"no image at all"])
    def test_what_is_no_image_is_refused(self, content):
        with pytest.raises(Corrupt, match=r"row 3, (holds no image|is no image)"):
            opened(content, "row 3,")

    @pytest.mark.parametrize("side", [10_000, 60_000])
    def test_a_decompression_bomb_is_refused_before_it_is_read(self, side):
        def chunk(name, data):
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
        with pytest.raises(Corrupt, match="row 3, has more than 89,478,485 pixels"):
            opened(bomb, "row 3,")


class TestRows:
    def test_pictures_and_labels_come_in_order_over_all_files(self, tmp_path):
        files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
        pairs = rows(2, 3)
        write_parquet(files[0], pairs[:4])
        write_parquet(files[1], pairs[4:])
        part = part_in(*files)
        assert part.labels.tolist() == [label for _, label in pairs]
        found = list(part.items())
        for each, (data, _) in zip(found, pairs, strict=True):
            assert (np.asarray(each.image) == np.asarray(Image.open(io.BytesIO(data)))).all()
        assert found[5].where == part.where(5) == f"{files[1]}, row 1,"

    def test_a_missing_image_and_a_missing_label_are_named_by_row(self, tmp_path):
        path = tmp_path / "a.parquet"
        write_parquet(path, [*rows(2, 1), (None, 1)])
        with pytest.raises(Corrupt, match=r"a\.parquet, row 2, holds no image"):
            list(part_in(path).items())
        write_parquet(path, [*rows(2, 1), (None, 1), (rows(1, 1)[0][0], None)])
        with pytest.raises(Corrupt, match=r"a\.parquet, row 3, has no label"):
            part_in(path)

    @pytest.mark.parametrize("label", [-1, 2, 2**40])
    def test_a_label_out_of_range_is_named_by_row(self, tmp_path, label):
        path = tmp_path / "a.parquet"
        write_parquet(path, [*rows(2, 1), (rows(1, 1)[0][0], label)], names=["cat", "dog"])
        with pytest.raises(Corrupt, match=rf"row 2, has the label {label}, but labels go from 0 to 1\."):
            part_in(path)

    def test_an_image_may_lie_in_its_column_alone_but_must_be_encoded(self, tmp_path):
        data, _ = rows(1, 1)[0]
        for i, value in enumerate((data, [1, 2, 3], "name.png")):
            pq.write_table(pa.table({"image": [value] * 2, "label": [0, 1]}), tmp_path / f"{i}.parquet")
        bare, numbers, name = (part_in(tmp_path / f"{i}.parquet") for i in range(3))
        assert next(bare.items()).image.size == (12, 12)
        for part in (numbers, name):
            with pytest.raises(Corrupt, match="row 0, is no encoded image"):
                next(part.items())

    def test_files_that_call_the_classes_differently_are_refused(self, tmp_path):
        write_parquet(tmp_path / "train.parquet", rows(2, 2), names=["cat", "dog"])
        write_parquet(tmp_path / "test.parquet", rows(2, 2), names=["dog", "cat"])
        files = {"train": [tmp_path / "train.parquet"], "test": [tmp_path / "test.parquet"]}
        with pytest.raises(Corrupt, match=r"test\.parquet does not call the classes as train\.parquet"):
            contents_in(**files)

    def test_more_classes_than_there_are_is_a_wrong_label(self):
        found = Contents({}, tuple("abc"))
        with pytest.raises(Corrupt, match="x has 2 classes, but the labels found go up to 2"):
            Collection("x", lambda: found, classes=2).contents  # noqa: B018


class TestIdx:
    def test_arrays_come_back(self, tmp_path):
        images = np.random.default_rng(0).integers(0, 256, (5, 7, 6)).astype(np.uint8)
        write_idx(tmp_path / "i.gz", images)
        write_idx(tmp_path / "l.gz", np.arange(5))
        part = Idx(tmp_path / "i.gz", tmp_path / "l.gz")
        assert part.labels.tolist() == [0, 1, 2, 3, 4]
        assert (np.stack([np.asarray(each.image) for each in part.items()]) == images).all()

    def test_a_wrong_magic_number_is_refused(self, tmp_path):
        write_idx(tmp_path / "l.gz", np.arange(5), magic=0x0803)
        with pytest.raises(Corrupt, match=r"l\.gz begins with the magic number 0x0803 instead of 0x0801"):
            read_idx(tmp_path / "l.gz", 0x0801)

    def test_missing_bytes_are_refused(self, tmp_path):
        import gzip  # noqa: PLC0415

        path = tmp_path / "i.gz"
        write_idx(path, np.zeros((5, 2, 2)))
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1]))
        with pytest.raises(Corrupt, match=r"an array of \[5, 2, 2\], but has 19 bytes"):
            read_idx(path, 0x0803)

    @pytest.mark.parametrize("damage", [b"", b"plain", None])
    def test_damaged_compression_is_refused(self, tmp_path, damage):
        path = tmp_path / "i.gz"
        write_idx(path, np.zeros((50, 20, 20)))
        path.write_bytes(path.read_bytes()[:-12] if damage is None else damage)
        with pytest.raises(Corrupt, match=r"i\.gz"):
            read_idx(path, 0x0803)

    def test_images_without_labels_are_refused(self, tmp_path):
        write_idx(tmp_path / "i.gz", np.zeros((5, 2, 2)))
        write_idx(tmp_path / "l.gz", np.arange(4))
        with pytest.raises(Corrupt, match=r"5 images, but .*l\.gz 4 labels"):
            Idx(tmp_path / "i.gz", tmp_path / "l.gz").labels  # noqa: B018


class TestWhatIsNoImage:
    @pytest.mark.parametrize(
        "data, words",
        [
            (b"", "holds no image"),
            (b"text", "is no image that can be read"),
            (
                b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\n",
                "is no image that can be read",
            ),
        ],
    )
    def test_it_is_named_and_no_other_program_runs(self, data, words):
        with pytest.raises(Corrupt, match=words):
            opened(data, "x")

    @pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
    def test_of_several_pictures_the_first_is_taken(self, kind):
        buffer = io.BytesIO()
        first, second = (Image.new("RGB", (8, 8), color) for color in ("red", "blue"))
        options = {"lossless": True} if kind == "WEBP" else {}
        first.save(buffer, kind, save_all=True, append_images=[second], **options)
        pixels = fitted(opened(buffer.getvalue(), "x"), 8, 3, "x")
        assert pixels[:, 0, 0].tolist() == [255, 0, 0]
