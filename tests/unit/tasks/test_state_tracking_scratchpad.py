import pytest
import torch
from torch.nn.functional import one_hot

from regard.core.errors import InvalidOption
from regard.core.spec import Spec
from regard.data.question import Prompt, Slots
from regard.data.samples import IGNORED
from regard.tasks.state_tracking_scratchpad import StateTrackingScratchpad

NAME = "state_tracking_scratchpad"
SMALL = {"samples": 1_000, "held_out": 300, "lengths": (20,)}
VARIANTS = (
    Spec.of(NAME, SMALL),
    Spec.of(NAME, SMALL, group="S3", longest=8, lengths=(10, 12), data_seed=2),
    Spec.of(NAME, SMALL, group="A4xZ5", longest=6, form="masked", lengths=()),
    Spec.of(NAME, SMALL, group="A5", shortest=1, longest=5, lengths=()),
)
REFUSED = (
    (Spec.of(NAME, shortest=0), "shortest", "0"),
    (Spec.of(NAME, shortest=20), "shortest", "1 and 16", "20"),
    (Spec.of(NAME, longest=10**9), "longest", "4,096", "1,000,000,000"),
    (Spec.of(NAME, lengths=(8,)), "lengths", "longer", "16", "8"),
    (Spec.of(NAME, samples=0), "samples", "0"),
    (Spec.of(NAME, longest=6), "too few", "`longest`"),
    (Spec.of(NAME, group="S5", longest=4_000, samples=100_000, lengths=()), "tokens", "Lower"),
    (Spec.of(NAME, form="diagonal"), "form", "diagonal"),
)


@pytest.fixture(scope="module", params=["causal", "masked"])
def task(request):
    return StateTrackingScratchpad(group="S3", shortest=1, longest=8, form=request.param, **SMALL)


def whole(task, samples):
    """Elements and answers of each sample."""
    field = (samples.inputs.shape[1] + (task.form == "causal")) // 2
    for row, targets in zip(samples.inputs.tolist(), samples.targets.tolist(), strict=True):
        yield [t for t in row[: field - 1] if t != task.padding], [t for t in targets if t != IGNORED]


def saying(task, samples, answers):
    """A model that writes these answers, whatever it reads."""
    width = samples.inputs.shape[1]

    def predict(inputs, keys=None):
        said = torch.zeros(len(inputs), width, dtype=torch.int64)
        said[:, -answers.shape[1] :] = answers
        return one_hot(said[:, : inputs.shape[1]], task.shape.output.vocabulary).float()

    return predict


def test_every_state_is_the_one_before_times_the_next_element(task):
    for name in ("train", "validation", "test"):
        for elements, answer in whole(task, task.split(name)):
            assert answer[-1] == task.end
            assert len(answer) == len(elements) + 1
            state = 0
            for element, written in zip(elements, answer, strict=False):
                state = task.group.table[state, element].item()
                assert written == state


def test_an_element_stands_at_one_distance_before_its_state():
    task = StateTrackingScratchpad(group="Z5", longest=8, **SMALL)
    samples = task.split("train")
    for row, targets in zip(samples.inputs, samples.targets, strict=True):
        for t in range(1, int((targets != IGNORED).sum()) - 1):
            before, element, state = row[8 + t], row[t], targets[8 + t]
            assert (before + element) % 5 == state


def test_written_states_are_read_back(task):
    samples = task.split("test")
    marked = task.fed_back(samples)
    if task.form == "masked":
        assert marked is None
    else:
        states = (samples.targets != IGNORED).sum(1) - 1
        assert torch.equal((marked & (samples.inputs < 6)).sum(1), states)


def test_the_score_wants_every_state_and_the_detail_the_last_one(task):
    samples = task.split("test")[:50]
    answers = samples.targets[:, -9:].masked_fill(samples.targets[:, -9:] == IGNORED, task.end)
    lengths = (answers != task.end).sum(1)
    wrong_first, early = answers.clone(), answers.clone()
    wrong_first[:, 0] = (wrong_first[:, 0] + 1) % 6
    early[:, 0] = task.end

    for said, score, final in (
        (answers, torch.ones(50), torch.ones(50)),
        (wrong_first, torch.zeros(50), (lengths > 1).float()),
        (early, torch.zeros(50), torch.zeros(50)),
    ):
        predict = saying(task, samples, said)
        assert torch.equal(task.score(predict, samples), score)
        assert torch.equal(task.details(predict, samples)["final"], final)


def test_what_never_ends_has_its_last_token_as_last_state():
    task = StateTrackingScratchpad(longest=12, **SMALL)
    samples = task.split("test")
    ones = torch.ones(len(samples), 13, dtype=torch.int64)
    final = task.details(saying(task, samples, ones), samples)["final"]
    states = (samples.targets != IGNORED).sum(1) - 1
    right = samples.targets[:, -13:].gather(1, (states - 1).unsqueeze(1)).squeeze(1)
    assert torch.equal(final, right.float())


def test_sets_beyond_are_longer_and_without_padding(task):
    samples = task.beyond()["length 20"]
    assert len(samples) == 300
    assert all(len(elements) == 20 for elements, _ in whole(task, samples))


def test_a_typed_question_is_the_beginning_of_its_sample(task):
    for samples in (task.split("test")[:20], task.beyond()["length 20"][:5]):
        for i in range(len(samples)):
            question = task.encode(task.show(samples, i).split("->")[0])
            assert isinstance(question, Prompt if task.form == "causal" else Slots)
            n = len(question.tokens)
            assert torch.equal(question.tokens, samples.inputs[i, :n])
            assert (n == samples.inputs.shape[1]) == (task.form == "masked")


def test_a_sample_shows_elements_and_states():
    task = StateTrackingScratchpad(group="S3", longest=8, **SMALL)
    places = {label: i for i, label in enumerate(task.group.labels)}
    question = task.encode("(1 2)  (2 3)")
    assert question.tokens.tolist() == [places["(1 2)"], places["(2 3)"], *[task.padding] * 6, task.separator]
    assert task.text(torch.tensor([places["(1 3 2)"], task.end])) == "(1 3 2) end"
    shown = task.show(task.split("test"), 0)
    assert len(shown.split(" -> ")) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(1 4)", "'(1 4)' is no element of S3. Write elements such as () (2 3)"),
        ("", "1 to 20 elements, not 0"),
    ],
)
def test_what_it_does_not_know_is_refused_in_one_line(text, words):
    with pytest.raises(InvalidOption) as caught:
        StateTrackingScratchpad(group="S3", longest=8, **SMALL).encode(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
