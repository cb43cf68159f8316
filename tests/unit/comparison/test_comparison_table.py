"""The table in terminals of any width."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from regard.comparison import table, tabulate
from regard.core.results import FLOP_CONVENTION, LeftOut


@pytest.fixture
def result(make, store, performed, costs):
    comparison = make()
    performed(comparison)
    return tabulate(comparison, store, costs)


def drawn(result, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(table(result, console))
    return console.file.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def changed(result, **changes):
    """The result with a change to its second row."""
    first, second, *others = result.rows
    return replace(result, rows=(first, replace(second, **changes), *others))


@pytest.mark.parametrize("width", [80, 100, 120, 140, 200])
def test_the_table_fits_with_scores_and_verdicts_whole(result, width):
    text = drawn(result, width)

    assert max(len(line) for line in text.splitlines()) <= width
    low, high = result.rows[0].interval
    score = f"96.2 [{100 * low:.1f}, {100 * high:.1f}]"
    for part in (score, "equivalent", "worse", "baseline", "<0.001", "chance 10.3 %"):
        assert part in text


def test_a_wider_terminal_shows_more_and_at_last_everything(result):
    found = [drawn(result, width) for width in (80, 100, 120, 160)]

    shown = [
        sum(word in text for word in ("rate", "FLOPs", "ms", "params", "per s", "inference"))
        for text in found
    ]
    assert shown == sorted(shown)
    assert shown[0] < shown[-1] == 6


def test_rows_go_from_the_best_to_the_worst(result):
    text = drawn(result, 120)
    found = sorted(("softmax ", "linear ", "uniform "), key=text.index)

    means = {row.label: row.mean for row in result.rows}
    assert [means[name.strip()] for name in found] == sorted(means.values(), reverse=True)


def test_failures_are_shown_as_soon_as_there_is_one(make, store, performed, costs):
    comparison = make()
    performed(comparison, failing=frozenset({("linear", 3), ("uniform", 1), ("uniform", 2)}))
    text = drawn(tabulate(comparison, store, costs), 80)

    assert "failed" in text
    assert "1/5" in text
    assert "2/5" in text


def test_without_failures_that_column_takes_no_room(result):
    assert "failed" not in drawn(result, 80)


def test_where_nothing_finished_dashes_stand(make, store, performed, costs):
    comparison = make()
    performed(comparison, failing=frozenset((name, seed) for name in costs for seed in range(5)))

    assert "–" in drawn(tabulate(comparison, store, costs), 80)


def test_a_long_label_is_folded_and_nothing_is_lost(result):
    label = "linear(kernel=a very long option [bold]of some kind[/bold])"
    text = drawn(changed(result, label=label), 80)

    assert max(len(line) for line in text.splitlines()) <= 80
    assert "[bold]" in text.replace("\n", "")
    assert "equivalent" in text


def test_who_was_left_out_is_named(result):
    without = replace(result, left_out=(LeftOut("fourier", "not causal"),))

    assert "Left out: fourier." in " ".join(drawn(without, 80).split())


def test_the_test_that_was_used_is_named(result):
    assert "paired t-test" in " ".join(drawn(result, 80).split())


def test_the_title_says_what_is_no_default_and_the_note(result):
    task = replace(result.task, changed={"level": "byte"}, note="lossy images")
    text = drawn(replace(result, task=task), 80)

    assert "digits (level = byte): accuracy on test data" in text
    assert "Note: lossy images." in text


def test_without_a_score_to_race_to_the_steps_are_undefined(result):
    text = drawn(replace(result, target=None), 200)

    assert text.count("undefined") == 3
    assert "never" not in text


def test_the_column_of_the_tuned_setting_has_its_name(result):
    assert "radius" in drawn(replace(result, tuned="radius"), 200)


def test_what_counts_as_a_flop_is_said_where_flops_are_shown(result):
    wide, narrow = (" ".join(drawn(result, width).split()) for width in (200, 60))

    assert ("FLOPs " in wide, FLOP_CONVENTION in wide) == (True, True)
    assert "FLOP" not in narrow


def test_inputs_that_do_not_reach_the_answer_are_noted(result):
    reach = "A quarter of the positions reaches the class token."
    text = " ".join(drawn(changed(result, reach=reach), 100).split())

    assert f"Note: linear: {reach}" in text
    assert "Note" not in drawn(result, 100)


def test_a_narrow_terminal_shows_whose_row_it_is_and_its_verdict(result):
    text = drawn(result, 44)

    assert max(len(line) for line in text.splitlines()) <= 44
    for row in result.rows:
        assert row.label[:6] in text
    for part in ("score", "baseline", "worse"):
        assert part in text


def test_settings_that_mean_less_than_they_seem_are_noted_as_well(result):
    notes = ("It turns otherwise.", "It adds nothing.")
    text = " ".join(drawn(changed(result, notes=notes), 100).split())

    assert [f"Note: linear: {note}" in text for note in notes] == [True, True]


def test_differences_stand_with_the_interval_of_their_verdict(result):
    low, high = result.rows[1].difference.interval

    assert f"[{100 * low:+.1f}, {100 * high:+.1f}]" in drawn(result, 120)


def test_with_several_looks_a_verdict_says_at_how_many_seeds_it_was_taken(result):
    text = drawn(replace(result, looks=(5, 8)), 120)

    assert "equivalent at 5" in text
    assert "for looks at 5, 8 seeds" in " ".join(text.split())


def test_what_is_open_says_how_many_seeds_it_would_likely_need(result):
    open_one = replace(result.rows[1].difference, verdict="undecided", decided_at=None, seeds_needed=31)

    text = drawn(changed(result, difference=open_one), 120)

    assert "Seeds that open verdicts would likely need in all: linear about 31." in " ".join(text.split())


def test_of_many_open_verdicts_those_are_named_that_need_the_fewest_seeds(result):
    baseline, other = result.rows[:2]
    open_ones = [
        replace(other, label=f"of_{seeds}", difference=replace(other.difference, seeds_needed=seeds))
        for seeds in range(20, 8, -1)
    ]

    text = " ".join(drawn(replace(result, rows=(baseline, *open_ones)), 120).split())

    assert "in all: of_9 about 9, of_10 about 10," in text
    assert "of_16 about 16, 4 others more." in text
