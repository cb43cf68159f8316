"""Parts that end or hold up their process are judged all the same."""

import pytest

from regard.core.errors import RegardError
from regard.judging import check_apart
from regard.kinds import kinds

OWN = """
import os, time
from regard import Cost, Mechanism, Traits

class Own(Mechanism):
    traits = Traits(source="mine", time="n", memory="n")

    def __init__(self, size, *, at_birth: str = "", at_work: str = ""):
        super().__init__(size)
        self.at_work = at_work
        self.do(at_birth)

    def do(self, what):
        if what == "exit":
            os._exit(0)
        if what == "sleep":
            time.sleep(60)

    def forward(self, streams, mask):
        self.do(self.at_work)
        return streams.v

    def cost(self, n, m, mask):
        return Cost(matmul_flops=0, state_numbers=0)
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    return f"{tmp_path / 'own.py'}:Own"


def test_in_a_process_of_its_own_a_part_is_judged_as_in_this_one():
    mechanisms = kinds()[0]
    here = [judgment.outcome for judgment in mechanisms.check("uniform", {})]
    assert [judgment.outcome for _, judgment in check_apart(mechanisms, "uniform", {})] == here


def test_a_law_over_which_the_process_ends_is_broken_and_the_others_are_judged(own):
    judged = dict.fromkeys(kinds()[0].laws.names())
    judged |= {judgment.law: judgment for _, judgment in check_apart(kinds()[0], own, {"at_work": "exit"})}
    assert None not in judged.values()
    notes = {judgment.note for judgment in judged.values() if judgment.outcome == "broken"}
    assert "Its process ended by itself with status 0." in notes
    assert judged["state_dict_round_trip"].outcome != "exempt"


@pytest.mark.parametrize(
    ("how", "reason"),
    [("exit", "ended by itself with status 0"), ("sleep", "exceeded its time limit of 2 seconds")],
)
def test_a_part_that_cannot_even_be_built_is_one_line(own, how, reason):
    with pytest.raises(RegardError, match=rf"^Own cannot be built\. Its? .*{reason}") as error:
        list(check_apart(kinds()[0], own, {"at_birth": how}, 2))
    assert "\n" not in str(error.value)


def test_a_law_that_takes_too_long_is_broken(own):
    judgments = check_apart(kinds()[0], own, {"at_work": "sleep"}, 1)
    broken = next(judgment for _, judgment in judgments if judgment.outcome == "broken")
    judgments.close()
    assert broken.note == "It exceeded its time limit of 1 seconds."
