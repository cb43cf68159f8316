"""A question that is typed becomes the tokens that a sample of the split has."""

import pytest
import torch

from regard.core.errors import InvalidOption, UnsupportedUse
from regard.data.question import Prompt, Slots
from regard.data.samples import IGNORED
from regard.tasks import TASKS

SMALL = {"samples": 200, "held_out": 50}
FORMS = ("causal", "masked")
WRITING = {
    "arithmetic": {"operation": "both"},
    "modular_arithmetic": {"operation": "subtraction"},
    "scan": {},
    "count": {},
    "fuzzy_recall": SMALL,
    "copy": SMALL,
    "reverse": SMALL,
    "sort": SMALL,
}


def build(name, **options):
    return TASKS.build(name, **options)


def typed(task, samples, i):
    """A sample's question as it is shown, without the answer."""
    return task.show(samples, i).split(" (mod")[0].split("->")[0].split("=")[0].strip()


@pytest.mark.parametrize("name", WRITING)
def test_a_typed_question_is_the_beginning_of_its_sample(name):
    task = build(name, form="causal", **WRITING[name])
    samples = task.split("test")[:20]
    for i in range(len(samples)):
        question = task.encode(typed(task, samples, i))
        n = len(question.tokens)

        assert isinstance(question, Prompt)
        assert torch.equal(question.tokens, samples.inputs[i, :n])
        assert (samples.targets[i, : n - 1] == IGNORED).all()
        assert samples.targets[i, n - 1] != IGNORED
        assert n + question.longest - 1 == samples.inputs.shape[1]


@pytest.mark.parametrize("name", WRITING)
def test_in_the_masked_form_it_is_the_whole_sample(name):
    task = build(name, form="masked", **WRITING[name])
    samples = task.split("test")[:20]
    for i in range(len(samples)):
        question = task.encode(typed(task, samples, i))

        assert isinstance(question, Slots)
        assert torch.equal(question.tokens, samples.inputs[i])
        assert (samples.targets[i, : -question.count] == IGNORED).all()


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("form", FORMS)
def test_the_right_answer_reads_as_it_is_shown(name, form):
    task = build(name, form=form, **WRITING[name])
    samples = task.split("test")[:20]
    for i in range(len(samples)):
        end = task.encode(typed(task, samples, i)).end
        right = [token for token in samples.targets[i].tolist() if token not in (IGNORED, end)]

        assert task.text(torch.tensor(right)).strip()
        assert task.text(torch.tensor(right)) in task.show(samples, i)


@pytest.mark.parametrize("name", ["copy", "reverse", "sort"])
def test_a_sequence_longer_than_in_training_is_asked_as_beyond_it(name):
    task = build(name, **SMALL)
    samples = task.beyond()["length 16"]
    question = task.encode(typed(task, samples, 0))
    assert torch.equal(question.tokens, samples.inputs[0, : len(question.tokens)])
    assert question.longest == 17


@pytest.mark.parametrize("name", ["listops", "membership"])
def test_what_has_a_class_is_encoded_without_its_padding(name):
    task = build(name, **SMALL)
    samples = task.split("test")[:20]
    for i in range(len(samples)):
        question = task.encode(task.identities(samples)[i])
        assert torch.equal(question.tokens, samples.inputs[i][samples.keys[i]])
        assert (question.count, question.end) == (1, None)


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("".join(f"line {i}: café au lait, {i * i} times.\n" for i in range(1500)), "utf-8")
    return path


@pytest.mark.parametrize("level", ["character", "byte"])
def test_a_text_is_continued_from_its_own_tokens(text_file, level):
    task = build("text_lm", file=str(text_file), level=level, length=16)
    samples = task.split("train")
    question = task.encode("line 7: café")

    assert (question.longest, question.end) == (None, None)
    assert task.text(question.tokens) == "line 7: café"
    assert question.tokens.max() < task.shape.input.vocabulary
    assert torch.equal(task.encode(task.text(samples.inputs[0])).tokens, samples.inputs[0]) or level == "byte"


def test_numbers_need_no_zeros_in_front_and_no_equals_sign():
    task = build("arithmetic")
    assert torch.equal(task.encode("7+5").tokens, task.encode(" 07 + 05 = ").tokens)
    assert torch.equal(build("modular_arithmetic").encode("7 + 5").tokens, torch.tensor([7, 5, 113]))


def test_brackets_of_lists_may_stand_close():
    task = build("listops", **SMALL)
    assert torch.equal(task.encode("[MAX 2 9]").tokens, task.encode("[ MAX 2 9 ]").tokens)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("arithmetic", "137+45=", "up to 2 digits with + between"),
        ("arithmetic", "37-45=", "up to 2 digits with + between"),
        ("arithmetic", "", "up to 2 digits"),
        ("arithmetic", "37+4x=", "'37+4x='"),
        ("arithmetic", "٣+4=", "'٣+4='"),
        ("fuzzy_recall", "3 16", "1 to 39 numbers from 0 to 15"),
        ("fuzzy_recall", "", "1 to 39 numbers"),
        ("modular_arithmetic", "113+2", "below 113"),
        ("scan", "jmup twice", "no word 'jmup'. Did you mean 'jump'"),
        ("scan", "", "1 to 9 words, not 0"),
        ("scan", " ".join(["jump"] * 10), "not 10"),
        ("count", "3", "two numbers from 0 to 63"),
        ("count", "3 64", "two numbers from 0 to 63"),
        ("copy", "3 16", "numbers from 0 to 15"),
        ("copy", "3 x", "'3 x'"),
        ("copy", " ".join(["3"] * 25), "1 to 24 tokens, not 25"),
        ("listops", "[ MAX 2 11 ]", "no token '11'"),
        ("listops", "", "1 to 60 tokens, not 0"),
        ("membership", "(x)", "the letters ()"),
        ("membership", "", "1 to 48"),
    ],
)
def test_what_a_task_does_not_know_is_refused_in_one_line(name, text, words):
    with pytest.raises(InvalidOption) as caught:
        build(name).encode(text)
    assert str(caught.value).startswith(f"{name}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_character_that_no_training_text_has_is_refused(text_file):
    with pytest.raises(InvalidOption, match="no character 'Z'"):
        build("text_lm", file=str(text_file), length=16).encode("line Z")
    with pytest.raises(InvalidOption, match="needs a beginning"):
        build("text_lm", file=str(text_file), length=16).encode("")


@pytest.mark.parametrize("name", ["digits", "recall", "graph"])
def test_a_task_without_text_takes_no_question(name):
    with pytest.raises(UnsupportedUse, match=f"^{name} takes no questions as text"):
        build(name).encode("1")
