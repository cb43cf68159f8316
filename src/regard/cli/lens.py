"""`regard lens`: what trained models read, as a page."""

from pathlib import Path
from typing import Annotated

import typer

from regard.cli.options import Json


def lens(
    run: Annotated[
        Path, typer.Argument(help="The folder of a run, PROJECT/DIGEST, or a project of one run.")
    ],
    other: Annotated[
        Path | None, typer.Argument(help="A second run of the same task, to be shown beside the first.")
    ] = None,
    examples: Annotated[int, typer.Option("--examples", min=1, help="Test samples that are shown.")] = 3,
    mean: Annotated[
        int, typer.Option("--mean", min=0, help="Test samples of which the mean is shown; 0 for none.")
    ] = 32,
    moments: Annotated[
        int, typer.Option("--moments", min=0, help="Moments of training, at most, of the first sample.")
    ] = 8,
    tried: Annotated[
        int,
        typer.Option(
            "--tried",
            min=0,
            help="Test samples on which it is tried which map predicts the model; 0 for none.",
        ),
    ] = 24,
    pictures: Annotated[
        Path | None, typer.Option("--pictures", help="A folder for every figure, as PNG and SVG.")
    ] = None,
    npz: Annotated[
        Path | None, typer.Option("--npz", help="A file for the maps as numbers, for numpy.load.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a page that shows what a trained model reads, by every head and at five levels.

    For instance: regard lens out/3f2a, or regard lens out/3f2a out/91c0 for two models side by side.
    """
    from regard.cli.console import print_json, say
    from regard.cli.signs import working
    from regard.commands.lens import write_arrays, write_beside, write_lens
    from regard.maps.views import Choice
    from regard.store import named_run

    folders = [named_run(each) for each in (run, other) if each is not None]
    choice = Choice(examples=examples, moments=moments, mean=mean, faithful=tried)
    with working("Looking at the model"):
        written = {"page": write_lens(folders, choice)}
    if pictures is not None:
        with working("Drawing"):
            written["pictures"] = write_beside(written["page"], pictures)
    if npz is not None:
        with working("Keeping the maps"):
            written["arrays"] = write_arrays(folders, npz, choice)
    if as_json:
        print_json({what: str(path) for what, path in written.items()})
        return
    for what, path in written.items():
        say(f"The {what}: {path}")
