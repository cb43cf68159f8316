"""`regard ask`: a question to a trained model, its answer, and what else it had in mind."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regard.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from regard.data import Task
    from regard.data.question import Question
    from regard.models.sampling import Choose
    from regard.training.evaluation.asking import Answer


def ask(
    run: Annotated[Path, typer.Argument(help="The folder of a run, or PROJECT/DIGEST.")],
    text: Annotated[str, typer.Argument(help="For instance '37+45=' to a run of arithmetic.")],
    top: Annotated[int, typer.Option("--top", min=1, help="Choices that are shown of each step.")] = 5,
    temperature: Annotated[
        float | None, typer.Option("--temperature", help="Draw tokens; without, the likeliest are taken.")
    ] = None,
    length: Annotated[
        int | None, typer.Option("--length", min=1, help="Tokens to write where the task knows no end.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Where drawn tokens come from; 0 unless said.")
    ] = None,
    page: Annotated[
        bool, typer.Option("--page", help="Write a page that shows what the model read for this answer.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put a question to a trained model: its answer, and the likeliest choices at each step."""
    from regard.cli.console import print_json
    from regard.cli.signs import working
    from regard.store import named_run
    from regard.training import load
    from regard.training.checkpoints.loading import load_task
    from regard.training.evaluation.asking import ask as put

    folder = named_run(run)
    with working("Reading the run"):
        task, model = load_task(folder), load(folder)
    question = _limited(task, task.encode(text), length)
    answer = put(model, question, _choice(temperature, seed))
    document = _document(task, answer, question.end, top) | {"question": text, "run": folder.name}
    if page:
        document["page"] = _page(folder, text, question, answer)
    if as_json:
        print_json(document)
    else:
        _print(document)


def _limited(task: "Task", question: "Question", length: int | None) -> "Question":
    """The question with a length for the answer where the task sets none."""
    from dataclasses import replace

    from regard.core.errors import InvalidOption
    from regard.core.shapes import TokenInput
    from regard.data.question import Prompt

    if isinstance(question, Prompt) and question.longest is None:
        assert isinstance(task.shape.input, TokenInput)
        # the last token that is written is not read
        room = task.shape.input.length - len(question.tokens) + 1
        return replace(question, longest=length or max(1, room))
    if length is not None:
        raise InvalidOption(f"{task.name} knows how long its answers are: leave out --length.")
    return question


def _page(folder: Path, text: str, question: "Question", answer: "Answer") -> str:
    from regard.cli.signs import working
    from regard.commands.lens import write_asked

    with working("Looking at the model"):
        return str(write_asked(folder, text, question, answer))


def _choice(temperature: float | None, seed: int | None) -> "Choose":
    from regard.core.errors import InvalidOption
    from regard.core.randomness import generator_of
    from regard.models.sampling import Sampling, choose_most_likely

    if temperature is None and seed is not None:
        raise InvalidOption("--seed needs --temperature: without it nothing is drawn. Give both or neither.")
    if temperature is None:
        return choose_most_likely
    return Sampling(temperature=temperature).drawing_from(generator_of(seed or 0, "ask"))


def _document(task: "Task", answer: "Answer", end: int | None, top: int) -> dict[str, Any]:
    """The answer and its steps in words."""
    probabilities, choices = (each.tolist() for each in answer.likeliest(top))
    tokens = answer.tokens.tolist()
    steps = [
        {
            "token": _name(task, token),
            "choices": [
                {"token": _name(task, choice), "probability": share}
                for choice, share in zip(choices[i], probabilities[i], strict=True)
            ],
        }
        for i, token in enumerate(tokens)
    ]
    written = [token for token in tokens if token != end]
    return {"answer": _words(task, written, task.show_answer), "steps": steps}


def _words(task: "Task", tokens: list[int], show: "Callable[[Tensor], str]") -> str:
    import torch

    if task.labels is not None:
        return " ".join(task.labels[token] for token in tokens)
    return show(torch.tensor(tokens, dtype=torch.int64))


def _name(task: "Task", token: int) -> str:
    return _words(task, [token], task.text)


def _print(document: dict[str, Any]) -> None:
    from rich.table import Table

    from regard.cli.console import results, say, shown

    say(document["answer"], style="bold")
    count = max((len(step["choices"]) for step in document["steps"]), default=0)
    table = Table("step", "written", *(f"choice {i + 1}" for i in range(count)), box=None, pad_edge=False)
    for number, step in enumerate(document["steps"], 1):
        cells = [f"{_visible(each['token'])} {100 * each['probability']:.1f} %" for each in step["choices"]]
        table.add_row(*map(shown, (str(number), _visible(step["token"]), *cells)))
    results.print(table)
    if "page" in document:
        say(f"The page: {document['page']}")


def _visible(token: str) -> str:
    """A token in a table: blanks and control characters as Python writes them."""
    return token if token.strip() and token.isprintable() else repr(token)
