"""What becomes of a cell whose measurements fail at different moments, with a planted process."""

import pytest

from regard.benchmark import Benchmark, Contender, questions
from regard.benchmark.draft import Draft
from regard.benchmark.forecast import Forecast, Limits
from regard.benchmark.setup import Setup
from regard.core.errors import RegardError, UnsupportedMask
from regard.core.spec import Spec
from regard.experiment import Lost

SETUP = Setup(Benchmark(contenders=()), Contender(Spec("linear")), True, 4096, "cpu")


class Planted:
    """A station whose answers are known: by question, or an error to raise."""

    def __init__(self, **answers):
        self.answers = {"passes_of": ("forward", "training"), "count_flops": 7, "nearness_of": (), **answers}
        self.asked = []

    def ask(self, work, setup, *arguments):
        kind = arguments[0] if arguments else ""
        self.asked.append((work.__name__, kind, setup.length))
        answer = self.answers.get(f"{work.__name__}_{kind}", self.answers.get(work.__name__, 0.001))
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def drafted(rounds=3, limits=Limits(), forecast=None, **answers):
    station = Planted(**answers)
    draft = Draft(SETUP, station, forecast or Forecast(limits))
    draft.weigh()
    for _ in range(rounds):
        draft.time(1)
    return draft.cell(draft), station


def test_medians_and_quartiles_are_those_of_the_rounds():
    cell, _ = drafted(seconds_of_pass_forward=[0.004, 0.001, 0.002])

    assert cell.forward.median_ms == pytest.approx(2)
    assert (cell.forward.lower_ms, cell.forward.upper_ms) == pytest.approx((1.5, 3))
    assert (cell.forward.low_ms, cell.forward.high_ms, cell.forward.ratio) == pytest.approx((1, 4, 1))
    assert (cell.flops, cell.missing) == (7, {})


def test_a_mask_that_is_not_declared_leaves_the_cell_empty_with_its_reason():
    cell, station = drafted(passes_of=UnsupportedMask("no causal"))

    assert cell.why == "no causal"
    assert len(station.asked) == 1


def test_a_pass_that_fails_in_a_round_costs_no_other():
    cell, _ = drafted(seconds_of_pass_training=[0.1, RegardError("no memory")])

    assert cell.training is None
    assert cell.missing == {"training": "no memory"}
    assert cell.forward and cell.training_bytes


def test_a_process_that_is_lost_closes_the_pass_for_longer_lengths():
    forecast = Forecast(Limits())
    cell, _ = drafted(forecast=forecast, peak_of_forward=[1.0, 1.0, Lost("It was killed.")])

    assert cell.missing == {"forward": "It was killed.", "forward_bytes": "It was killed."}
    assert forecast.refusal("forward", 8192) == "Not tried, as at length 4096: It was killed."
    assert forecast.refusal("training", 8192) is None


def test_a_long_first_length_is_foreseen_from_shorter_ones():
    cell, station = drafted(limits=Limits(seconds=10.0), try_out_forward=[0.5, 4.0])

    tried = [length for work, kind, length in station.asked if (work, kind) == ("try_out", "forward")]
    assert tried == [256, 1024]
    assert cell.missing["forward"] == "It would take about 64 s, and the limit is 10 s."
    assert cell.training


def test_one_call_that_takes_longer_than_the_limit_is_not_timed():
    cell, _ = drafted(limits=Limits(seconds=10.0), try_out_forward=[0.01, 0.1, 12.0])

    assert cell.missing == {"forward": "One call took 12 s, and the limit is 10 s."}
    assert cell.forward_bytes == 0.001
    assert cell.forward is None


def test_the_questions_are_those_that_stations_know():
    for name in ("passes_of", "count_flops", "peak_of", "try_out", "seconds_of_pass", "nearness_of"):
        assert callable(getattr(questions, name))
