import numpy as np
import pytest
import torch
from image_files import picture, rows, write_parquet

from regard.core.errors import Corrupt, InvalidOption
from regard.data.division import Division
from regard.data.images import Collection, ImageClassification, ImageSettings, classification, pixels
from regard.data.images.collection import SourceImage
from regard.data.samples import Samples
from regard.data.sources import Contents, Part
from regard.tasks.cifar10 import cifar10
from regard.tasks.imagenette import imagenette
from regard.tasks.tiny_imagenet import tiny_imagenet

SPLITS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REGARD_DATA", raising=False)


class Made(Part):
    """A part of given pictures."""

    def __init__(self, pairs):
        self.pairs = pairs

    @property
    def content(self):
        return str(self.pairs)

    @property
    def labels(self):
        return np.array([label for label, _ in self.pairs])

    def items(self):
        for label, number in self.pairs:
            yield SourceImage(picture(label % 100, number), "here")

    def where(self, row):
        return f"row {row}"


def task_of(parts, classes=3, **settings):
    chosen = {"augmentation": (), "held_out": 0.2, "samples": None, "data_seed": 0} | settings
    contents = Contents({name: Made(pairs) for name, pairs in parts.items()}, tuple("abcdefghijkl")[:classes])
    return ImageClassification(Collection("made", lambda: contents), ImageSettings(resolution=12, **chosen))


def pairs(each, first=0, classes=3):
    return [(label, first + i) for i in range(each) for label in range(classes)]


class TestSplits:
    def test_validation_is_taken_out_of_training_class_by_class(self):
        task = task_of({"train": pairs(50), "test": pairs(10, 1000)})
        assert [task.split(name).targets.bincount().tolist() for name in SPLITS] == [
            [40] * 3,
            [10] * 3,
            [10] * 3,
        ]

    def test_the_published_test_is_the_test_in_its_order(self):
        task = task_of({"train": pairs(20), "test": pairs(5, 1000)})
        test = task.split("test")
        for i, (label, number) in enumerate(pairs(5, 1000)):
            assert test.targets[i] == label
            assert (test.inputs[i].permute(1, 2, 0).numpy() == np.asarray(picture(label, number))).all()

    def test_a_test_image_is_taken_out_of_training(self):
        task = task_of({"train": pairs(20) + pairs(5, 1000), "test": pairs(5, 1000)})
        assert sum(len(task.split(name)) for name in SPLITS) == 75
        names = [set(task.identities(task.split(name))) for name in SPLITS]
        assert not names[0] & names[1]
        assert not (names[0] | names[1]) & names[2]

    def test_equal_images_stay_together_even_with_different_labels(self):
        copies = [(label + 100 * (label == 0), number) for label, number in pairs(20)]
        doubled = pairs(20) + [(label % 100, number) for label, number in copies]
        task = task_of({"train": doubled, "test": pairs(5, 1000)})
        names = [set(task.identities(task.split(name))) for name in SPLITS]
        assert not names[0] & names[1]
        assert len(names[0] | names[1]) == 60

    def test_what_was_published_for_validation_validates(self):
        task = task_of({"train": pairs(20), "validation": pairs(4, 500), "test": pairs(5, 1000)})
        assert [len(task.split(name)) for name in SPLITS] == [60, 12, 15]

    def test_without_published_parts_all_three_are_taken_from_the_whole(self):
        task = task_of({"train": pairs(50)}, held_out=0.1)
        assert [len(task.split(name)) for name in SPLITS] == [120, 15, 15]

    def test_so_many_samples_are_trained_on_and_the_rest_stays(self):
        parts = {"train": pairs(50), "test": pairs(10, 1000)}
        few, all_of_them = task_of(parts, samples=7), task_of(parts)
        assert len(few.split("train")) == 7
        assert set(few.identities(few.split("train"))) < set(
            all_of_them.identities(all_of_them.split("train"))
        )
        assert torch.equal(few.split("validation").inputs, all_of_them.split("validation").inputs)
        assert task_of(parts, samples=30).split("train").targets.bincount().tolist() == [10, 10, 10]
        with pytest.raises(InvalidOption, match="samples is 121, but there are 120"):
            task_of(parts, samples=121).split("train")

    def test_another_seed_validates_on_other_images(self):
        parts = {"train": pairs(50), "test": pairs(10, 1000)}
        first, second = (task_of(parts, data_seed=seed) for seed in (0, 1))
        names = [set(task.identities(task.split("validation"))) for task in (first, second)]
        assert names[0] != names[1]

    def test_where_no_image_is_left_for_a_split_that_is_said(self):
        with pytest.raises(Corrupt, match="No image is left for validation, of 3 for training"):
            task_of({"train": pairs(1), "test": pairs(1, 10)}).split("train")
        with pytest.raises(Corrupt, match="No image is left for train"):
            task_of({"train": pairs(5), "test": pairs(5)}).split("train")

    def test_what_does_not_fit_into_memory_is_arranged_on_the_disk(self, monkeypatch):
        parts = {"train": pairs(50), "test": pairs(10, 1000)}
        expected = task_of(parts).split("train")
        monkeypatch.setattr(classification, "LARGEST", 1000)
        monkeypatch.setattr(pixels, "AT_ONCE", 7)
        found = task_of(parts).split("train")
        assert torch.equal(found.inputs, expected.inputs)
        assert torch.equal(found.targets, expected.targets)

    def test_division_refuses_nothing_that_has_a_published_validation_but_no_test(self):
        ids = {"train": np.arange(100), "validation": np.arange(100, 110)}
        splits = Division(0.1, None, 0).of(ids, np.arange(100) % 2)
        assert {name: len(each.rows) for name, each in splits.items()} == {
            "train": 90,
            "test": 10,
            "validation": 10,
        }


class TestTheTask:
    @pytest.fixture
    def task(self):
        return task_of({"train": pairs(50), "test": pairs(10, 1000)})

    def test_prepared_training_images_have_mean_0_and_deviation_1(self, task):
        inputs = task.prepare(task.split("train")).inputs.double()
        assert inputs.dtype == torch.float64
        torch.testing.assert_close(inputs.mean((0, 2, 3)), torch.zeros(3).double(), atol=1e-4, rtol=0)
        deviation = inputs.std((0, 2, 3), correction=0)
        torch.testing.assert_close(deviation, torch.ones(3).double(), atol=1e-4, rtol=0)

    def test_images_of_one_gray_prepare_to_numbers(self):
        scale = pixels.Pixels(np.zeros((4, 1, 2, 2)), None, np.zeros((4, 2, 1), int), None)
        mean, deviation = scale.statistics(np.arange(4))
        assert (mean, deviation) == (0, 1)

    def test_a_sample_shows_its_class_its_size_and_its_color(self, task):
        inputs = torch.tensor([255, 0, 16], dtype=torch.uint8)[:, None, None].expand(1, 3, 12, 12)
        assert task.show(Samples(inputs, torch.tensor([1])), 0) == "b: 12x12, mean color #ff0010"

    def test_a_picture_is_the_image(self, task):
        label, number = pairs(10, 1000)[4]
        assert (task.picture(task.split("test"), 4).numpy() == np.asarray(picture(label, number))).all()

    def test_chance_is_the_share_of_the_class_most_frequent_in_training(self):
        train = pairs(20) + [(1, 500 + i) for i in range(20)]
        test = pairs(10, 1000) + [(2, 2000 + i) for i in range(10)]
        assert task_of({"train": train, "test": test}).chance == pytest.approx(10 / 40)

    def test_top_5_counts_the_target_among_the_five_likeliest(self):
        task = task_of({"train": pairs(5, classes=12), "test": pairs(1, 1000, 12)}, classes=12)
        ranks = torch.arange(12.0).flip(0).expand(12, -1)
        figures = task.details(lambda *given: ranks, task.split("test"))
        assert figures["top-5"].tolist() == [1] * 5 + [0] * 7

    def test_few_classes_have_no_top_5(self, task):
        assert task.details(lambda *given: torch.zeros(30, 3), task.split("test")) == {}

    def test_a_second_task_decodes_nothing(self, task, monkeypatch):
        task.split("train")
        monkeypatch.setattr(Made, "items", None)
        assert len(task_of({"train": pairs(50), "test": pairs(10, 1000)}, data_seed=5).split("test")) == 30

    def test_its_content_is_that_of_all_its_parts(self, task):
        assert task.content == task_of({"train": pairs(50), "test": pairs(10, 1000)}, data_seed=3).content
        others = [
            {"train": pairs(50), "test": pairs(10, 2000)},
            {"train": pairs(49), "test": pairs(10, 1000)},
            {"train": pairs(50)},
        ]
        assert len({task.content, *(task_of(parts).content for parts in others)}) == 4


class TestNotes:
    def write(self, folder, name, kind="PNG", classes=10, image="image", test="test"):
        names = [f"class {i}" for i in range(classes)]
        write_parquet(folder / name / "train.parquet", rows(classes, 6, kind=kind), image, names)
        write_parquet(folder / name / f"{test}.parquet", rows(classes, 1, 100, kind), image, names)

    def test_lossy_images_of_a_lossless_collection_are_noted(self, tmp_path):
        self.write(tmp_path / "lossless", "cifar10", image="img")
        self.write(tmp_path / "lossy", "cifar10", "JPEG", image="img")
        notes = [cifar10(data=str(tmp_path / each), resolution=8).note for each in ("lossless", "lossy")]
        counts = "60 of 50,000 train images; 10 of 10,000 test images"
        assert notes == [counts, f"lossy images (JPEG), the original has none; {counts}"]

    def test_a_part_of_a_collection_is_noted_but_not_its_own_compression(self, tmp_path):
        self.write(tmp_path, "imagenette_224", "JPEG", test="val")
        assert imagenette(data=str(tmp_path)).note == "60 of 9,469 train images; 10 of 3,925 test images"

    def test_missing_classes_are_noted(self, tmp_path):
        self.write(tmp_path, "tiny-imagenet", "JPEG", classes=4, test="valid")
        task = tiny_imagenet(data=str(tmp_path), resolution=8)
        assert task.note.startswith("4 of 200 classes; 24 of 100,000 train images")
        assert task.labels == ("class 0", "class 1", "class 2", "class 3")
        assert task.shape.output.classes == 4
