"""The judge: verdicts for sound, unsound and crashing mechanisms, and nothing disturbed meanwhile."""

import math

import pytest
import torch

from regard.attention import Cost, Mechanism, Size, Traits
from regard.attention.conformance import Subject, Verdict, check, judge, laws
from regard.attention.conformance.verdict import CATALOG
from regard.core.errors import InvalidOption, RegardError, UnknownName
from regard.mechanisms.softmax import Softmax


class Mean(Mechanism):
    """Everybody reads the same; the law on padding is broken by a crash, that on what is read by a figure."""

    traits = Traits(source="this test", time="n", memory="n", padding=True, weights=False)

    def __init__(self, size, *, share=1.0):
        super().__init__(size)
        self.require(share > 0, f"share must be positive, not {share}.")

    def forward(self, q, k, v, mask):
        if mask.keys is not None:
            raise ValueError("no idea what to do\nwith this mask")
        return v.mean(2, keepdim=True).expand_as(v)

    def cost(self, n, m):
        return Cost(matmul_flops=0, other_flops=n, state_numbers=1)


class NotANumber(Mean):
    traits = Traits(source="this test", time="n", memory="n", weights=False)

    def forward(self, q, k, v, mask):
        return v * math.nan


def test_a_law_that_is_kept_holds_with_its_figure():
    assert judge(Subject(Softmax), "deterministic") == Verdict("deterministic", "holds", 0.0, 0.0)


def test_a_law_whose_trait_is_not_declared_is_exempt_and_says_why():
    verdict = judge(Subject(Mean), "causal_and_padding")

    assert verdict.outcome == "exempt"
    assert verdict.figure is None
    assert verdict.note == "does not declare causal"


def test_a_broken_law_tells_the_worst_case():
    verdict = judge(Subject(Mean), "reads")

    assert (verdict.outcome, verdict.figure) == ("broken", 1.0)
    assert verdict.note == "q is declared but not read (and 1 more of 3 cases)"


def test_a_crash_of_the_mechanism_is_a_verdict_in_one_line_that_says_where():
    verdict = judge(Subject(Mean), "padding_content")

    assert (verdict.outcome, verdict.figure) == ("broken", None)
    assert verdict.note.startswith("ValueError: no idea what to do (test_verdict.py, line ")


def test_a_figure_that_is_no_number_is_broken():
    verdict = judge(Subject(NotANumber), "batch_independence")

    assert (verdict.outcome, verdict.figure) == ("broken", math.inf)


def test_check_gives_a_verdict_on_every_law():
    assert [verdict.law for verdict in check(Mean)] == laws()


def test_judging_twice_gives_the_same_verdict_and_disturbs_no_chance():
    torch.manual_seed(7)
    before = torch.get_rng_state()

    first, second = list(check(Mean)), list(check(Mean))

    assert first == second
    assert torch.equal(torch.get_rng_state(), before)


def test_equal_seeds_build_equal_mechanisms_in_eval_mode():
    subject = Subject(Softmax)

    assert not subject.build().training
    assert subject.build().state_dict() == subject.build().state_dict()


def test_options_that_the_mechanism_refuses_raise_before_any_verdict():
    with pytest.raises(InvalidOption, match="share must be positive, not -1"):
        check(Mean, {"share": -1})


def test_a_constructor_that_crashes_is_told_in_one_line():
    with pytest.raises(RegardError, match=r"Mean cannot be built: TypeError: .* \(test_verdict.py, line"):
        check(Mean, {"share": "half"})


def test_an_unknown_law_suggests_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'padding_content'"):
        judge(Subject(Softmax), "padding_contents")


def test_what_is_no_mechanism_is_refused():
    with pytest.raises(InvalidOption, match="Linear is no mechanism"):
        check(torch.nn.Linear)


def test_an_unfinished_mechanism_is_told_what_it_lacks():
    class Unfinished(Mechanism):
        traits = Softmax.traits

    with pytest.raises(InvalidOption, match="before it defines cost and forward"):
        check(Unfinished)


def test_a_mechanism_without_traits_is_told_to_declare_them():
    class Silent(Mechanism):
        def forward(self, q, k, v, mask):
            return v

        def cost(self, n, m):
            return Cost(matmul_flops=0, state_numbers=0)

    with pytest.raises(InvalidOption, match="declares no traits"):
        check(Silent)


def test_a_mechanism_that_needs_a_grid_gets_one_of_the_right_length():
    class OnGrid(Mean):
        traits = Traits(source="this test", time="n", memory="n", needs_grid=True)

    for n in (1, 24, 37, 90):
        assert Subject(OnGrid).size(n).grid.length == n
    assert Subject(Mean).size().grid is None
    assert isinstance(Subject(OnGrid).build(), OnGrid)


@pytest.mark.parametrize("name", laws())
def test_every_law_is_a_sentence_and_needs_only_traits_that_exist(name):
    law = CATALOG.build(name)

    assert law.sentence.endswith(".")
    assert law.name == name
    assert all(hasattr(Softmax.traits, trait) for trait in law.needs)
    assert law.limit >= 0
    assert isinstance(Subject(Mean).size(), Size)
