"""A mechanism under test: what can be judged, how it is built, and what its laws may need."""

from dataclasses import fields
from typing import get_args

import pytest
import torch

from regard.attention import Cost, Mechanism, Traits
from regard.attention.checking import MechanismLaw
from regard.attention.laws import MECHANISM_LAWS, MechanismSubject, judge
from regard.attention.mask_parts import MASK_PARTS
from regard.attention.traits import Claim
from regard.core.errors import InvalidOption, RegardError
from regard.mechanisms.entmax import Entmax
from regard.mechanisms.performer import Performer
from regard.mechanisms.softmax import Softmax


class Mean(Mechanism):
    """Everybody reads the same; the law on padding is broken by a crash, that on what is read by a figure."""

    traits = Traits(source="this test", time="n", memory="n", padding=True, weights=False)

    def __init__(self, size, *, share=1.0):
        super().__init__(size)
        self.require(share > 0, f"share must be positive, not {share}.")

    def forward(self, streams, mask):
        if mask.keys is not None:
            raise ValueError("no idea what to do\nwith this mask")
        return streams.v.mean(2, keepdim=True).expand_as(streams.v)

    def cost(self, n, m, mask=None):
        return Cost(matmul_flops=0, other_flops=n, state_numbers=1)


def check(part, options=()):
    return MECHANISM_LAWS.check(MechanismSubject(part, dict(options)))


def test_a_law_whose_trait_is_not_declared_is_exempt_and_says_why():
    judgment = judge(MechanismSubject(Mean), "causal_and_padding")

    assert judgment.outcome == "exempt"
    assert judgment.figure is None
    assert judgment.note == "does not declare causal"


def test_a_crash_of_the_mechanism_is_a_judgment_in_one_line_that_says_where():
    judgment = judge(MechanismSubject(Mean), "padding_content")

    assert (judgment.outcome, judgment.figure) == ("broken", None)
    assert judgment.note.startswith("ValueError: no idea what to do (test_checking.py, line ")


def test_judging_twice_gives_the_same_judgment_and_disturbs_no_chance():
    torch.manual_seed(7)
    before = torch.get_rng_state()

    first, second = list(check(Mean)), list(check(Mean))

    assert first == second
    assert torch.equal(torch.get_rng_state(), before)


def test_equal_seeds_build_equal_mechanisms_in_eval_mode():
    subject = MechanismSubject(Softmax)

    assert not subject.build().training
    assert subject.build().state_dict() == subject.build().state_dict()


def test_options_that_the_mechanism_refuses_raise_before_any_judgment():
    with pytest.raises(InvalidOption, match="share must be positive, not -1"):
        check(Mean, {"share": -1})


def test_a_constructor_that_crashes_is_told_in_one_line():
    with pytest.raises(RegardError, match=r"Mean cannot be built: TypeError: .* \(test_checking.py, line"):
        check(Mean, {"share": "half"})


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
        def forward(self, streams, mask):
            return streams.v

        def cost(self, n, m, mask=None):
            return Cost(matmul_flops=0, state_numbers=0)

    with pytest.raises(InvalidOption, match="declares no traits"):
        check(Silent)


def test_a_mechanism_that_needs_a_grid_gets_one_of_the_right_length():
    class OnGrid(Mean):
        traits = Traits(source="this test", time="n", memory="n", needs_grid=True)

    for n in (1, 24, 37, 90):
        assert MechanismSubject(OnGrid).size(n).grid.length == n
    assert MechanismSubject(Mean).size().grid is None
    assert isinstance(MechanismSubject(OnGrid).build(), OnGrid)


@pytest.mark.parametrize("name", MECHANISM_LAWS.names())
def test_every_law_is_a_sentence(name):
    law = MECHANISM_LAWS.find(name)

    assert law.sentence.endswith(".")
    assert law.name == name
    assert law.limit >= 0


def test_a_law_that_needs_a_trait_that_does_not_exist_fails_at_import():
    with pytest.raises(TypeError, match="Causality needs causl, which no subject can declare"):

        class Causality(MechanismLaw):
            needs = ("causl",)


def test_every_claim_is_a_field_of_the_traits():
    described = {"source", "time", "memory"}

    assert set(get_args(Claim)) == {field.name for field in fields(Traits)} - described


def test_every_part_of_a_mask_has_a_law_that_proves_it():
    assert {part.trait for part in MASK_PARTS.values()} <= set(MECHANISM_LAWS.proven())


def test_the_traits_on_trial_are_those_of_what_the_options_build():
    assert MechanismSubject(Performer).declares("ties")
    assert not MechanismSubject(Performer, {"kernel": "relu"}).declares("ties")


def test_a_tie_cannot_be_judged_without_a_way_to_find_the_relative():
    judgment = judge(MechanismSubject(Entmax), "ties")

    assert judgment.outcome == "broken"
    assert "The relative 'softmax' cannot be found: give MechanismSubject(..., find=...)" in judgment.note


def test_ties_are_judged_with_the_relative_that_is_found():
    assert judge(MechanismSubject(Entmax, find={"softmax": Softmax}.__getitem__), "ties").outcome == "holds"
    assert (
        judge(MechanismSubject(Entmax, find={"softmax": Performer}.__getitem__), "ties").outcome == "broken"
    )
