"""Write docs/catalog.md and the pictures in it; part of `make docs`."""

from pathlib import Path

import matplotlib
import torch
from family_tree import draw
from maps import WORD, drawn_map
from our_results import found
from references import linked
from update_readme import plain

from regard.attention import Grid, Mask, Mechanism, Size
from regard.attention.claims import claims
from regard.core.documentation import description, summary
from regard.core.numbers import short
from regard.mechanisms import MECHANISMS

matplotlib.use("agg")
from matplotlib import pyplot as plt

DOCS = Path(__file__).parents[1] / "docs"
MAPS, TREE = "images/maps", "images/family_tree.svg"

LONG = 4096
"""The length for which operations are told."""

HEAD = f"""# The catalog of mechanisms

Written by `make docs` from the code; never edited by hand. `regard mechanisms NAME` tells the same in the
terminal, and [conformance.md](conformance.md) which laws each mechanism keeps.

Each picture is the map of one head: a row for each query, a column for each key of the sequence
`{WORD}`, causal where the mechanism can be. Queries, keys and values are the letters
and their places, as they are; nothing is trained. Blue is a positive weight, red a negative one. A mechanism
without weights is shown by how much each output moves with each value.

## How they are one another's special cases

Each mechanism stands below the relative that it becomes at the setting on its line; the law `ties` holds each
to it.

![The family tree]({TREE})
"""


def entry(name: str, build: type[Mechanism]) -> str:
    """The section on one mechanism."""
    mechanism = build(_size(LONG))
    told = claims(mechanism)
    lines = [
        f"### {name}",
        f'<img src="{MAPS}/{name}.png" width="150" align="right" alt="What {name} reads">',
        description(build),
        _options(name),
        f"**Cost** {_cost(mechanism)} "
        f"**Honors** {', '.join(_uses(told)) or 'no mask'}. **Streams read** {told['streams']}.",
        f"**Tied to** {told['ties']}." if told["ties"] != "none" else "",
        found(name),
        f"**Source** {linked(told['source'])}.",
        '<br clear="right">',
    ]
    return "\n\n".join(line for line in lines if line)


def draw_map(name: str, build: type[Mechanism]) -> None:
    """Write the picture of one map."""
    weights = drawn_map(build)
    strongest = weights.abs()[weights != 0].quantile(0.97).item()
    figure = plt.figure(figsize=(1.5, 1.5))
    axes = figure.add_axes((0.01, 0.01, 0.98, 0.98))
    axes.imshow(weights, cmap="RdBu", vmin=-strongest, vmax=strongest)
    axes.set(xticks=[], yticks=[])
    figure.savefig(DOCS / MAPS / f"{name}.png", dpi=120, metadata={"Software": None})
    plt.close(figure)


def _options(name: str) -> str:
    told = ", ".join(f"`{option}`" for option in MECHANISMS.options(name).values())
    return f"**Options** {told}." if told else ""


def _uses(told: dict[str, object]) -> list[str]:
    parts = ("causal", "cross", "padding", "edges", "window", "segments", "start", "slopes", "table", "dense")
    return [part for part in (*parts, "streaming") if told[part]]


def _cost(mechanism: Mechanism) -> str:
    mask = Mask(causal=mechanism.traits.causal)
    cost = mechanism.cost(LONG, LONG, mask)
    state = f", {short(cost.state_numbers)} numbers of state" if mechanism.traits.streaming else ""
    return f"{mechanism.traits.time}: {short(cost.flops)} FLOPs at n = {LONG:,}{state}."


def _size(n: int) -> Size:
    return Size(heads=4, key_features=64, value_features=64, length=n, grid=Grid(64, n // 64))


def main() -> None:
    """Write all of it."""
    names = MECHANISMS.names()
    (DOCS / MAPS).mkdir(parents=True, exist_ok=True)
    parts = {name: MECHANISMS.find(name) for name in names}
    for name, build in parts.items():
        draw_map(name, build)
    draw({name: build.traits.ties for name, build in parts.items()}, DOCS / TREE)
    index = "\n".join(f"| [{name}](#{name}) | {plain(summary(build))} |" for name, build in parts.items())
    body = "\n\n".join(entry(name, build) for name, build in parts.items())
    page = f"{HEAD}\n## All of them\n\n| mechanism | what it does |\n| --- | --- |\n{index}\n\n{body}\n"
    (DOCS / "catalog.md").write_text(page, "utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
