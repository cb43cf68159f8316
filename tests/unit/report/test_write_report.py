import html
import json
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from report_documents import document_of, relabel
from synthetic import MECHANISMS, comparison, write_document

from regard.core.results import FLOP_CONVENTION
from regard.report import write_report
from regard.store import Store

KINDS = ("scores", "tradeoff", "score-curves", "loss-curves", "convergence", "tuning")


def files_of(folder: Path) -> dict[str, bytes]:
    paths = [folder / "report.html", *sorted((folder / "figures").iterdir())]
    return {path.name: path.read_bytes() for path in paths}


def numbers_in(page: str) -> list[float]:
    return [float(value) for value in re.findall(r'<data value="([^"]+)"', page)]


def test_every_figure_is_a_whole_picture_in_pixels_and_in_vectors(reported):
    for task in ("digits", "recall"):
        for kind in KINDS:
            pixels = (reported / "figures" / f"{task}-{kind}.png").read_bytes()
            assert pixels.startswith(b"\x89PNG")
            width, height = struct.unpack(">II", pixels[16:24])
            assert min(width, height) > 200
            root = ET.parse(reported / "figures" / f"{task}-{kind}.svg").getroot()
            assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 5


def test_the_same_store_gives_the_same_files(project):
    write_report(project)
    first = files_of(project)
    write_report(project)
    assert files_of(project) == first


def test_the_page_depends_neither_on_the_process_nor_on_how_the_user_draws_nor_on_torch(project):
    """Another process has other hash seeds; a user's matplotlibrc is for the user's figures."""
    write_report(project)
    first = files_of(project)
    (project / "matplotlibrc").write_text("font.size: 30\nsavefig.bbox: tight\n")
    code = (
        "import sys; from regard.report import write_report; write_report('.'); print('torch' in sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    assert files_of(project) == first
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("task", ["digits", "recall"])
def test_the_numbers_on_the_page_are_those_of_the_document(reported, task):
    page = (reported / "report.html").read_text()
    shown = numbers_in(page[page.index(f'<section id="{task}"') :])
    _, document = document_of(reported, task)
    for row in document["rows"]:
        costs = [
            value
            for key, value in row["cost"].items()
            if not isinstance(value, str) and key != "latency_ratio"
        ]
        apart = row["difference"] or {}
        told = [
            row["mean"],
            row["chosen"],
            row["steps_to_target"],
            apart.get("mean"),
            apart.get("p_holm"),
            *costs,
        ]
        told += [seed[key] for seed in row["seeds"] for key in ("validation", "test", "steps")]
        assert all(number in shown for number in told if number is not None)
    assert document["task"]["chance"] in shown


def test_a_changed_number_would_be_seen(project):
    path, document = document_of(project, "digits")
    document["rows"][2]["cost"]["flops"] = 123_456_789
    path.write_text(json.dumps(document))
    assert 123_456_789 in numbers_in(write_report(project).read_text())


def test_a_label_is_shown_as_it_is_and_never_obeyed(project):
    hostile = [
        '<script>alert("x")</script>',
        "'\"><img src=x onerror=alert(1)> & {{ 7 * 7 }}",
        "$x^2$ \\frac{1}{2}",
    ]
    path, document = document_of(project, "digits")
    for row, label in zip(document["rows"], hostile, strict=True):
        row |= {"label": label, "mechanism": label, "source": label}
    path.write_text(json.dumps(document | {"baseline": hostile[0]}))
    page = write_report(project).read_text()
    assert "<script" not in page
    assert "<img" not in page
    assert all(html.unescape(page).count(label) > 5 for label in hostile)


def test_a_card_tells_the_settings_of_the_model_that_are_the_entrys_own(project):
    path, document = document_of(project, "digits")
    document["rows"][1] |= {"label": "sigmoid[absent='', qk_norm=rms]"}
    document["rows"][1] |= {"model": {"absent": "", "qk_norm": "<rms>"}}
    path.write_text(json.dumps(document))

    page = write_report(project).read_text()

    assert html.unescape(page).count("sigmoid[absent='', qk_norm=rms]") > 5
    cards = [html.unescape(card) for card in page.split("<article>")]
    (card,) = [card for card in cards if "<dt>model.qk_norm</dt>" in card]
    assert "<h4>" in card and "sigmoid[" in card
    assert "<dd><rms></dd>" in card and "<dt>model.absent</dt><dd>''</dd>" in card
    assert "<rms>" not in page


def test_letters_that_the_font_lacks_do_not_stop_the_page(project):
    relabel(project, "注意 🦉")
    assert "注意 🦉" in write_report(project).read_text()


def test_a_label_that_looks_like_a_color_or_a_number_is_left_alone(project):
    relabel(project, "m(x=0.123456) #0072b2")
    page = write_report(project).read_text()
    assert page.count("m(x=0.123456) #0072b2") > 5


def test_a_very_long_label_is_cut_in_figures_and_whole_on_the_page(project):
    relabel(project, "m" * 300)
    assert "m" * 300 in write_report(project).read_text()
    assert "m" * 30 not in (project / "figures" / "digits-scores.svg").read_text()


def test_diverged_runs_and_left_out_mechanisms_are_shown(reported, tmp_path):
    with Store(tmp_path) as store:
        write_document(tmp_path, comparison("recall", MECHANISMS[:11], store))
    page = write_report(tmp_path).read_text()
    assert "1 of 5 trainings" in page
    assert "diverged" in page
    assert "it reads the future" in page


def test_a_mechanism_that_never_finished_has_a_row_without_numbers(project):
    path, document = document_of(project, "digits")
    row = document["rows"][1]
    nothing = {
        "validation": None,
        "test": None,
        "steps": None,
        "steps_to_target": None,
        "outcome": "diverged",
    }
    row |= {"mean": None, "interval": None, "steps_to_target": None, "failures": 5}
    row["seeds"] = [seed | nothing for seed in row["seeds"]]
    row["trials"] = [trial | {"validation": None, "outcome": "diverged"} for trial in row["trials"]]
    row["difference"] |= {
        "mean": None,
        "interval": None,
        "p": None,
        "p_holm": None,
        "verdict": "undecided",
        "pairs": 0,
    }
    path.write_text(json.dumps(document))
    assert "5 of 5 trainings" in write_report(project).read_text()


def test_a_comparison_in_which_nothing_finished_still_has_a_page(project):
    path, document = document_of(project, "digits")
    for row in document["rows"]:
        row |= {"mean": None, "interval": None, "steps_to_target": None, "failures": 5, "difference": None}
        row["seeds"] = [
            seed | {"test": None, "outcome": "diverged", "steps_to_target": None} for seed in row["seeds"]
        ]
        row["trials"] = []
    path.write_text(json.dumps(document))
    assert "nothing can be judged" in write_report(project).read_text()


def test_two_comparisons_on_one_task_do_not_share_files(project):
    _, document = document_of(project, "digits")
    write_document(project, document | {"digest": "f" * 16})
    page = write_report(project).read_text()
    assert '<section id="digits-2"' in page
    assert (project / "figures" / "digits-2-scores.png").exists()


def test_a_note_stands_beside_the_scores_and_in_the_answer(project):
    path, document = document_of(project, "digits")
    document["task"] |= {"note": "lossy images", "changed": {"level": "byte"}}
    path.write_text(json.dumps(document))
    page = write_report(project).read_text()
    assert page.count("Note: lossy images.") >= 2
    assert "digits <small>level = byte</small></h2>" in page


@pytest.mark.parametrize("target", [0.0, None])
def test_without_a_score_to_race_to_the_steps_are_undefined(project, target):
    path, document = document_of(project, "digits")
    for row in document["rows"]:
        row["steps_to_target"] = None
    path.write_text(json.dumps(document | {"target": target}))
    page = write_report(project).read_text()
    assert "not reached" not in page and "that is 0.0" not in page
    assert page.count("<td>undefined</td>") == 3


def test_inputs_that_do_not_reach_the_answer_are_noted_in_answer_table_and_card(project):
    path, document = document_of(project, "digits")
    document["rows"][1]["reach"] = "Half of the <positions> reaches the answer."
    path.write_text(json.dumps(document))
    page = write_report(project).read_text()
    assert page.count("Half of the &lt;positions&gt; reaches the answer.") == 3


def test_the_tuned_setting_has_its_own_name(project):
    path, document = document_of(project, "digits")
    path.write_text(json.dumps(document | {"tuned": "radius"}))
    page = write_report(project).read_text()
    assert "How much the radius matters" in page and "at the best of 3 values of the radius" in page
    assert "learning rate" not in page


def test_what_counts_as_a_flop_is_said_beside_figure_and_table(reported):
    assert (reported / "report.html").read_text().count(FLOP_CONVENTION) == 2 * 2


def test_a_comparison_of_an_older_format_is_named_with_its_remedy(project):
    path, document = document_of(project, "digits")
    path.write_text(json.dumps(document | {"format": 1}))
    page = html.unescape(write_report(project).read_text())
    assert "its format is 1 (an older regard wrote it), and this regard reads format 3" in page
    assert "Delete it and compare again: finished runs are not repeated." in page
