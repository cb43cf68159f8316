import itertools
from collections import Counter

import pytest
import torch
from torch.nn.functional import one_hot

from regard.core.shapes import TokenInput
from regard.core.spec import Spec
from regard.data.samples import IGNORED
from regard.tasks.arithmetic import ALPHABET, Arithmetic

VARIANTS = (
    Spec("arithmetic"),
    Spec.of("arithmetic", digits=1),
    Spec.of("arithmetic", reverse=True),
    Spec.of("arithmetic", form="masked", data_seed=1),
    Spec.of("arithmetic", operation="subtraction"),
    Spec.of("arithmetic", operation="subtraction", reverse=True, form="masked"),
    Spec.of("arithmetic", operation="both", reverse=True),
)

REFUSED = (
    (Spec.of("arithmetic", digits=0), "digits", "1 and 9", "0"),
    (Spec.of("arithmetic", digits=10), "digits", "1 and 9", "10"),
    (Spec.of("arithmetic", digits=-1), "digits", "-1"),
    (Spec.of("arithmetic", samples=0), "samples", "100", "0"),
    (Spec.of("arithmetic", samples=10**9), "samples", "1,000,000,000"),
    (Spec.of("arithmetic", operation="division"), "operation", "division", "addition"),
    (Spec.of("arithmetic", form="diagonal"), "form", "diagonal", "masked"),
)

NAMES = ("train", "validation", "test")
FORMS = [
    pytest.param(
        {"operation": operation, "reverse": reverse, "form": form}, id=f"{operation}-{reverse}-{form}"
    )
    for operation, reverse, form in itertools.product(
        ("addition", "subtraction", "both"), (False, True), ("causal", "masked")
    )
]


def lines(task):
    """Everything that is asked, as people write it."""
    return [task.show(task.split(name), i) for name in NAMES for i in range(len(task.split(name)))]


def calculated(question):
    sign = "+" if "+" in question else "-"
    first, second = map(int, question.split(sign))
    return first + second if sign == "+" else first - second


@pytest.mark.parametrize("options", FORMS)
def test_every_answer_is_what_python_calculates(options):
    task = Arithmetic(digits=1, **options)
    for line in lines(task):
        question, answer = line.split("=")
        answer = answer[::-1] if options["reverse"] else answer
        assert len(answer) == 2
        assert int(answer) == calculated(question)
        assert (answer[0] in "+-") == ("-" in question)


@pytest.mark.parametrize("options", FORMS)
def test_every_problem_is_asked_once(options):
    asked = Counter(line.split("=")[0] for line in lines(Arithmetic(digits=1, **options)))
    signs = {"addition": "+", "subtraction": "-", "both": "+-"}[options["operation"]]
    assert asked == Counter(f"{a}{sign}{b}" for a in range(10) for b in range(10) for sign in signs)


def test_two_digits_are_all_ten_thousand_problems_of_which_8000_train():
    task = Arithmetic()
    sizes = [len(task.split(name)) for name in NAMES]
    assert sum(sizes) == 10_000
    assert abs(sizes[0] - 8000) <= 1
    assert abs(sizes[1] - 1000) <= 1


def test_operands_have_zeros_in_front_and_answers_one_place_more():
    shown = lines(Arithmetic(digits=3, samples=2000))
    assert all(len(line) == len("007+012=0019") for line in shown)
    assert any(line.startswith("0") for line in shown)


def test_a_reversed_answer_is_the_plain_one_turned_around():
    plain, reverse = Arithmetic(operation="both"), Arithmetic(operation="both", reverse=True)
    for first, second in zip(lines(plain)[:300], lines(reverse)[:300], strict=True):
        assert second == first[:6] + first[6:][::-1]


def test_a_pair_of_operands_lies_in_one_split_in_either_order_and_with_either_sign():
    task = Arithmetic(operation="both")
    where = {}
    for name in NAMES:
        for i in range(0, len(task.split(name)), 3):
            line = task.show(task.split(name), i)
            pair = tuple(sorted((line[:2], line[3:5])))
            assert where.setdefault(pair, name) == name


@pytest.mark.parametrize("digits", [3, 4, 9])
def test_of_more_digits_a_sample_of_different_problems_is_drawn(digits):
    task = Arithmetic(digits=digits, samples=500)
    shown = lines(task)
    assert len(set(shown)) == len(shown) == 500
    assert all(
        int(answer) == calculated(question) for question, answer in (line.split("=") for line in shown)
    )


@pytest.mark.parametrize("operation", ["addition", "subtraction", "both"])
def test_chance_is_the_share_of_the_most_frequent_answer(operation):
    task = Arithmetic(operation=operation)
    answers = Counter(line.split("=")[1] for line in lines(task))
    assert task.chance == pytest.approx(max(answers.values()) / answers.total())


def test_the_causal_form_reads_left_to_right_and_the_masked_one_both_ways():
    assert Arithmetic(form="causal").shape.input == TokenInput(14, 8, causal=True)
    assert Arithmetic(form="masked").shape.input == TokenInput(14, 9, causal=False)


def test_the_masked_form_shows_no_digit_of_the_answer():
    task = Arithmetic(form="masked")
    for name in NAMES:
        samples = task.split(name)
        assert (samples.inputs[:, 6:] == ALPHABET.index("_")).all()
        assert (samples.targets[:, :6] == IGNORED).all()
        assert task.fed_back(samples) is None


def test_the_causal_form_feeds_back_all_of_the_answer_but_its_end():
    samples = Arithmetic().split("test")
    marked = Arithmetic().fed_back(samples)
    assert marked[0].tolist() == [False] * 6 + [True, True]
    assert torch.equal(samples.inputs[:, 6:], samples.targets[:, 5:-1])


def test_only_the_answer_is_trained():
    samples = Arithmetic().split("train")
    assert (samples.targets[:, :5] == IGNORED).all()
    assert (samples.targets[:, 5:] != IGNORED).all()


class TestScoring:
    def test_a_model_that_copies_the_true_answer_from_its_input_fails(self):
        """It would be right on all digits but the first, if the true ones were handed to it."""
        task = Arithmetic()
        samples = task.split("test")

        def peeking(inputs, keys):
            after = torch.cat([inputs[:, 1:], torch.zeros(len(inputs), 1).long()], 1)
            return one_hot(after, 14).float()

        handed = peeking(samples.inputs, None).argmax(-1)
        assert (handed == samples.targets)[:, 5:-1].all()
        # sums that are 0 only
        assert task.score(peeking, samples).mean() < 0.005

    def test_one_wrong_digit_spoils_the_answer(self):
        task = Arithmetic(form="masked")
        samples = task.split("test")
        for place in (6, 7, 8):
            said = samples.targets.clamp_min(0)
            said[:, place] = (said[:, place] + 1) % 10
            assert (task.score(lambda inputs, keys, said=said: one_hot(said, 14).float(), samples) == 0).all()

    def test_a_causal_model_writes_on_its_own_just_what_it_would_say_to_the_right_answers(self):
        """By induction: as long as all was right, it has read the right answers."""
        task = Arithmetic()
        samples = task.split("test")
        answers = task.solve(samples)

        def sometimes_wrong(inputs, keys):
            # causal: what is said at a position follows from the digits up to there
            said = answers[:, : inputs.shape[1]].clamp_min(0)
            slips = inputs.cumsum(1) % 7 == 0
            return one_hot(torch.where(slips, (said + 1) % 10, said), 14).float()

        at_once = (sometimes_wrong(samples.inputs, None).argmax(-1) == answers)[:, 5:].all(1)
        assert 0.2 < at_once.float().mean() < 0.9
        assert torch.equal(task.score(sometimes_wrong, samples), at_once.float())


@pytest.mark.parametrize(
    ("reverse", "written", "read"),
    [
        (True, "280", "82"),
        (False, "082", "82"),
        (True, "70-", "-7"),
        (False, "+07", "7"),
        (True, "2-8", "2-8"),
    ],
)
def test_an_answer_is_shown_as_the_number_that_it_is(reverse, written, read):
    task = Arithmetic(digits=2, operation="both", reverse=reverse)
    assert task.show_answer(torch.tensor([ALPHABET.index(sign) for sign in written])) == read
