"""`regard task`: what there is to learn, what one task is, and its samples to look at."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from regard.cli.completion import complete_task
from regard.cli.options import Json

if TYPE_CHECKING:
    from regard.data import Samples, Task

EXAMPLES = 5
LONGEST_LINE = 400
"""Characters of an example that are shown; a review has thousands."""


def task(
    name: Annotated[
        str | None, typer.Argument(help="A task, or path/to/file.py:ClassName.", autocompletion=complete_task)
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="[OPTION=VALUE...]", help="For instance length=32.")
    ] = None,
    examples: Annotated[
        int | None, typer.Option("--examples", min=0, help="How many samples to show; 5 unless said.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Write the samples' images into this PNG.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the three splits into this folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the tasks, or show one with examples; its options are those of its recipe, unless said."""
    from regard.cli.console import print_json
    from regard.cli.signs import working

    if name is None:
        _refuse_without_task({"--examples": examples, "--picture": picture, "--export": export})
        return _list(as_json)
    examples = EXAMPLES if examples is None else examples
    chosen = _chosen(name, overrides or [])
    with working("Preparing the samples"):
        facts = _facts(name, chosen)
    if as_json:
        shown = _spread(chosen, examples)
        print_json(facts | {"examples": [chosen.show(shown, i) for i in range(len(shown))]})
    else:
        _print(facts)
        _show(chosen, examples)
    if picture is not None:
        _write_pictures(chosen, picture, examples)
    if export is not None:
        _export(chosen, export, quiet=as_json)
    return None


def _refuse_without_task(given: dict[str, Any]) -> None:
    from regard.core.errors import InvalidOption

    for option, value in given.items():
        if value is not None:
            raise InvalidOption(
                f"{option} needs a task: regard task NAME {option}. Without one tasks are listed."
            )


def _export(chosen: "Task", folder: Path, *, quiet: bool) -> None:
    from regard.cli.console import say
    from regard.cli.signs import working
    from regard.data.export import export

    with working("Writing the splits"):
        written = export(chosen, folder)
    if not quiet:
        say("\n".join(f"Written: {path}" for path in written))


def _list(as_json: bool) -> None:
    from regard.cli.console import explain, print_json
    from regard.cli.tables import Column, print_table
    from regard.core.documentation import summary
    from regard.tasks import TASKS

    entries = [{"name": name, "summary": summary(TASKS.find(name))} for name in TASKS.names()]
    if as_json:
        print_json(entries)
        return
    names, summaries = ([entry[key] for entry in entries] for key in ("name", "summary"))
    print_table([Column("task", names)], Column("what is to be learned", summaries))
    explain("\n`regard task NAME` shows examples.", style="dim")


def _chosen(name: str, overrides: list[str]) -> "Task":
    from regard.configuration import options_from
    from regard.configuration.idle import refuse_idle_options
    from regard.recipes import recipe
    from regard.tasks import TASKS

    options = options_from(overrides, "task", ["recipe", *TASKS.options(name)])
    variant = options.pop("recipe", None)
    chosen = recipe(name, None if variant is None else str(variant)).get("task", {})
    built: Task = TASKS.build(name, **(chosen | options))
    refuse_idle_options(built, options.keys())
    return built


def _facts(name: str, chosen: "Task") -> dict[str, Any]:
    from regard.core.documentation import description
    from regard.data import SplitName
    from regard.recipes import variants
    from regard.tasks import TASKS

    return {
        "name": name,
        "description": description(TASKS.find(name)),
        "options": [str(option) for option in TASKS.options(name).values()],
        "recipes": variants(name),
        "metric": chosen.metric,
        "chance": chosen.chance,
        "ceiling": chosen.ceiling,
        "note": chosen.note,
        "sizes": {split: len(chosen.split(split)) for split in get_args(SplitName)},
        "beyond": {what: len(samples) for what, samples in chosen.beyond().items()},
    }


def _print(facts: dict[str, Any]) -> None:
    from regard.cli.console import explain, reflowed

    explain(facts["name"], style="bold")
    explain(reflowed(facts["description"]))
    explain("\nOptions", style="bold")
    for option in facts["options"] or ["none"]:
        explain(f"  {option}")
    if facts["recipes"]:
        explain(f"\nFurther recipes: {', '.join(facts['recipes'])} (recipe=NAME)")
    sizes = [f"{split} {size:,}" for split, size in facts["sizes"].items()]
    sizes += [f"beyond: {what} {size:,}" for what, size in facts["beyond"].items()]
    explain(f"\nSamples: {', '.join(sizes)}")
    scale = f"chance {facts['chance']:.4g}, ceiling {facts['ceiling']:g}"
    explain(f"Score: {facts['metric']}, {scale}")
    if facts["note"]:
        explain(f"Note: {facts['note']}")


def _show(chosen: "Task", examples: int) -> None:
    from regard.cli.console import explain, results, say
    from regard.cli.thumbnail import thumbnail

    samples = _spread(chosen, examples)
    if len(samples):
        explain("\nTraining examples", style="bold")
    for i in range(len(samples)):
        line = chosen.show(samples, i)
        short = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..."
        say(f"  {short}")
        image = chosen.picture(samples, i)
        if image is not None and results.is_terminal:
            results.print(thumbnail(image.numpy()))


def _spread(chosen: "Task", examples: int) -> "Samples":
    """Training samples from all over the split: files are often sorted by class."""
    import torch

    train = chosen.split("train")
    count = min(examples, len(train))
    return train[torch.arange(count) * (len(train) // max(count, 1))]


def _write_pictures(chosen: "Task", path: Path, examples: int) -> None:
    from regard.cli.console import say
    from regard.core.errors import InvalidOption
    from regard.pages.pictures import Picture, write_pictures

    samples = _spread(chosen, examples)
    images = [chosen.picture(samples, i) for i in range(len(samples))]
    if not images or any(image is None for image in images):
        raise InvalidOption(f"{chosen.name} has no images to write into {path}. Leave out --picture.")
    names = chosen.labels
    captions = [str(int(k)) if names is None else names[int(k)] for k in samples.targets]
    pictures = [
        Picture(image.numpy(), caption)
        for image, caption in zip(images, captions, strict=True)
        if image is not None
    ]
    write_pictures(path, f"{chosen.name}: training samples", pictures)
    say(f"Written: {path}")
