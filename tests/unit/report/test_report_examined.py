"""What the test split told beside the score, from the store to the page."""

import html
import json
import math
import re

import pytest
from synthetic import run_of

from regard.core.measurement import Measurement
from regard.core.spec import Spec
from regard.report import write_report
from regard.report.examined import read_examined
from regard.store import FACTS, Predictions, Store, write_predictions

FIGURES = (
    {
        "score": 0.5,
        "loss": 1.0,
        "top-5": 0.9,
        "length 16/score": 0.25,
        "length 8/score": 0.5,
        "length 8/loss": 2.0,
    },
    {"score": 0.7, "loss": 1.0, "top-5": 0.7, "length 16/score": 0.35, "length 8/score": math.nan},
)
LABELS = ("cat", "<b>größe</b>")
PREDICTED = ((0, 1, 1, 1), (0, 0, 1, 0))
TARGETS = (0, 0, 1, 1)


@pytest.fixture
def tested(tmp_path):
    """Two trainings that differ in their seed, both tested, and one that was not."""
    runs = [run_of("digits", Spec.of("softmax"), 0.001, seed) for seed in range(3)]
    with Store(tmp_path) as store:
        for run in runs:
            store.add(run)
            store.record(run.digest, "finished")
        for run, figures, predicted in zip(runs, FIGURES, PREDICTED, strict=False):
            store.append(
                run.digest, [Measurement(9, f"test/{name}", value) for name, value in figures.items()]
            )
            folder = store.folder_of(run.digest)
            folder.mkdir(parents=True)
            write_predictions(folder, Predictions(LABELS, TARGETS, predicted))
    return tmp_path, [run.digest for run in runs]


def read(tested):
    folder, digests = tested
    with Store(folder) as store:
        return read_examined(digests, store)


def test_figures_are_means_over_the_seeds_that_have_them(tested):
    found = read(tested).figures
    assert found == pytest.approx(
        {("", "score"): 0.6, ("", "top-5"): 0.8, ("length 8", "score"): 0.5, ("length 16", "score"): 0.3}
    )


def test_predictions_of_all_seeds_are_counted_together(tested):
    assert read(tested).by_class == {"cat": 0.75, "<b>größe</b>": 0.75}


def test_where_nothing_was_tested_there_is_nothing(tmp_path):
    run = run_of("digits", Spec.of("softmax"), 0.001, 0)
    with Store(tmp_path) as store:
        store.add(run)
        found = read_examined([run.digest], store)
    assert not found.figures and not found.by_class and found.samples is None


def test_the_page_tells_details_and_classes_and_shows_confusion_and_samples(tested):
    folder, digests = tested
    page = write_report(folder).read_text()
    assert page.count("data:image/png;base64,") == 1
    assert '<data value="0.8">0.800</data>' in page
    assert "&lt;b&gt;größe&lt;/b&gt;" in page and "<b>größe" not in page
    assert all('alt="' in tag for tag in re.findall(r"<img[^>]*>", page))
    (folder / "runs" / digests[1] / "samples.png").write_bytes(b"\x89PNG")
    assert write_report(folder).read_text().count("data:image/png;base64,") == 2


def test_of_many_classes_the_hardest_are_shown(tested):
    folder, digests = tested
    many = Predictions(
        tuple(f"class {i}" for i in range(40)), tuple(range(40)), (*range(1, 6), *range(5, 40))
    )
    for digest in digests[:2]:
        write_predictions(folder / "runs" / digest, many)
    page = write_report(folder).read_text()
    assert "30 classes of 40" in page
    assert page.index('<th scope="row">class 4</th>') < page.index('<th scope="row">class 5</th>')
    assert '<th scope="row">class 39</th>' not in page


def test_predictions_that_cannot_be_read_are_named_on_the_page_and_the_rest_is_shown(tested):
    folder, digests = tested
    (folder / "runs" / digests[0] / "predictions.json").write_text("{")
    page = write_report(folder).read_text()
    assert f"{digests[0]}/predictions.json cannot be read" in page
    assert page.count("data:image/png;base64,") == 1
    assert "Trainings on digits" in page


def note(tested, **facts):
    """Let the first run have noted this of its task."""
    folder, digests = tested
    plain = {"name": "digits", "metric": "accuracy", "chance": 0.125, "ceiling": 1.0}
    (folder / "runs" / digests[0] / FACTS).write_text(json.dumps(plain | facts))
    return folder


def test_trainings_stand_beside_chance_ceiling_and_note(tested):
    page = write_report(note(tested, ceiling=0.875, note="lossy images")).read_text()
    assert 'Chance is <data value="0.125">12.5' in page and 'the ceiling <data value="0.875">87.5' in page
    assert page.count("Note: lossy images.") >= 3
    assert "validation\naccuracy" in page
    assert "dashed line is chance (12.5" in page


def test_a_training_whose_task_was_not_noted_has_a_page_all_the_same(tested):
    folder, _ = tested
    page = write_report(folder).read_text()
    assert "Chance is" not in page
    assert "validation\nscore" in page


def test_a_heading_says_what_is_no_default_in_plain_words(tested):
    folder = note(tested, options={"a": 1, "b": 2}, changed={"sizes": [8, 16], "file": None, "quick": True})
    page = write_report(folder).read_text()
    assert "Trainings on digits <small>sizes = 8, 16; file = none; quick = yes</small></h2>" in page


def test_a_note_on_the_task_that_cannot_be_read_is_named(tested):
    page = write_report(note(tested, chance="high")).read_text()
    assert (
        "task.json does not tell what the task was: task.chance should be a finite number"
        in html.unescape(page)
    )
    assert "Trainings on digits" in page
