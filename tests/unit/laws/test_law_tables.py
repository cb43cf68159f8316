"""Tables that are printed from judgments."""

from regard.attention.laws import MECHANISM_LAWS
from regard.laws import Judgment, law_table, support_matrix
from regard.laws.tables import unjudged

SUPPORTS = [
    "causal",
    "cross",
    "padding",
    "edges",
    "window",
    "segments",
    "start",
    "slopes",
    "table",
    "dense",
    "rotary",
    "streaming",
    "grouped",
    "weights",
    "mass",
    "chooses",
    "fixed_length",
    "needs_grid",
    "stochastic",
    "ties",
]
"""The traits of a mechanism that some law needs, in the order in which they are declared."""

JUDGED = {
    "sound": [
        Judgment("causality_loud", "holds", 0.0, 1e-6),
        Judgment("causality_redrawn", "holds", 0.0, 1e-6),
        Judgment("padding_content", "exempt", None, 1e-6, "does not declare padding"),
    ],
    "faulty": [
        Judgment("causality_loud", "holds", 0.0, 1e-6),
        Judgment("causality_redrawn", "broken", 0.6, 1e-6, "from position 1 on"),
        Judgment("padding_content", "holds", 0.0, 1e-6),
    ],
}


def _row(table, name):
    line = next(line for line in table.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_the_table_of_laws_says_of_each_what_it_means_who_keeps_it_and_who_breaks_it():
    table = law_table(MECHANISM_LAWS, JUDGED)

    sentence = MECHANISM_LAWS.find("causality_redrawn").sentence
    assert _row(table, "`causality_loud`")[1:] == ["all", ""]
    assert _row(table, "`causality_redrawn`") == [sentence, "sound", "faulty"]
    assert _row(table, "`padding_content`")[1:] == ["faulty", ""]


def test_who_keeps_a_law_is_said_by_the_shorter_list():
    holds = Judgment("causality_loud", "holds", 0.0, 1e-6)
    exempt = Judgment("causality_loud", "exempt", None, 1e-6, "does not declare causal")
    judged = {name: [holds] for name in "abcd"} | {"e": [exempt]}

    assert _row(law_table(MECHANISM_LAWS, judged), "`causality_loud`")[1] == "all but e"


def test_a_trait_counts_as_supported_only_if_every_law_that_needs_it_is_kept():
    table = support_matrix(MECHANISM_LAWS, JUDGED)

    assert _row(table, "mechanism") == SUPPORTS
    sound, faulty = (dict(zip(SUPPORTS, _row(table, name), strict=True)) for name in JUDGED)
    assert (sound["causal"], sound["padding"]) == ("✓", "·")
    assert (faulty["causal"], faulty["padding"]) == ("✗", "✓")


def test_all_rows_of_a_table_are_equally_long():
    for table in (law_table(MECHANISM_LAWS, JUDGED), support_matrix(MECHANISM_LAWS, JUDGED)):
        rows = [line for line in table.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) == 1


def test_a_subject_that_is_exempt_from_all_for_one_reason_is_not_judged():
    judgments = list(MECHANISM_LAWS.exempt("it is not there"))

    assert unjudged(JUDGED | {"missing": judgments}) == {"missing": "it is not there"}
