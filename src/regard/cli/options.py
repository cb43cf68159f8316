"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from regard.cli.completion import complete

Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE...",
        help="For instance task=digits mechanism=linformer mechanism.rank=16; `regard settings` lists all.",
        autocompletion=complete,
    ),
]
Out = Annotated[Path, typer.Option("--out", help="The project folder: store, weights and pages.")]
Folder = Annotated[Path, typer.Argument(help="A project folder, or a run in it.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Where all randomness comes from.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1, mps.")]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", min=1, help="Seconds that one run, one law or one measurement may take."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]
AtOnce = Annotated[
    int,
    typer.Option(
        "--at-once",
        min=1,
        help="How many seeds of one description are trained at once, as one batched model.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Tell what would be trained and how long it would take; write nothing."),
]
PoolKind = Annotated[
    str, typer.Option("--pool", help="What trains: local processes, or those of a ray cluster.")
]
Form = Annotated[
    str,
    typer.Option(
        "--form", help="How mechanisms compute: auto, or a form such as plain, chunked, flex or triton."
    ),
]
Evaluator = Annotated[
    str,
    typer.Option(
        "--evaluator",
        help="How a search without gradients computes losses: auto, serial, block, stacked, delta.",
    ),
]
Follow = Annotated[
    str,
    typer.Option("--follow", help="Who reads along while runs are trained: lines, csv, tensorboard, wandb."),
]
