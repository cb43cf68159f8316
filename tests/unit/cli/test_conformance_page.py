"""The pages in the documentation that are written from judgments."""

from regard.cli.conformance import conformance_page
from regard.data.laws import TASK_LAWS
from regard.laws import Judgment

JUDGED = {
    "sound": [Judgment("rule", "holds", 0.0, 0.0), Judgment("look_ups", "holds", 0.2, 1.0)],
    "missing": list(TASK_LAWS.exempt("its data are missing")),
}


def test_a_page_tells_what_is_supported_which_laws_hold_and_what_was_not_judged():
    page = conformance_page(TASK_LAWS, JUDGED)

    assert page.startswith("# Conformance of tasks\n")
    assert "## What each task supports" in page
    assert "| sound |" in page
    assert "| missing |" not in page
    assert f"| `rule` | {TASK_LAWS.find('rule').sentence} | all |" in page
    assert page.endswith("Not judged, for want of data or of an option: `missing`.\n")


def test_a_page_on_which_all_is_judged_names_nothing_that_was_not():
    assert "Not judged" not in conformance_page(TASK_LAWS, {"sound": JUDGED["sound"]})
