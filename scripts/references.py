"""Write docs/references.md, every source that a part names; part of `make docs`."""

import re
from pathlib import Path

from regard.core.documentation import description
from regard.mechanisms import MECHANISMS
from regard.objectives import OBJECTIVES
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS

PAGE = Path(__file__).parents[1] / "docs" / "references.md"

PAPER = re.compile(
    r"\b[A-Z][\w'’-]+(?:(?:,| &| and) [A-Z][\w'’-]+)*(?: et al\.)? (?:19|20)\d\d(?:, arXiv \d{4}\.\d{4,5})?"
)
"""How docstrings name a paper: `Clark & Levy 2018, arXiv 1234.56789`."""

HEAD = """# References

Written by `make docs` from the sources that the parts name; never edited by hand.

| source | parts |
| --- | --- |
"""


def references() -> dict[str, list[str]]:
    """By source, in alphabetical order: the parts that name it."""
    named: dict[str, list[str]] = {}
    for name in MECHANISMS.names():
        told = MECHANISMS.find(name).traits.source
        for source in () if told.startswith("control") else told.split("; "):
            named.setdefault(_paper(source), []).append(name)
    for catalog in (TASKS, OBJECTIVES, OPTIMIZERS):
        for name in catalog.names():
            for source in PAPER.findall(description(catalog.find(name)).replace("\n", " ")):
                named.setdefault(source, []).append(name)
    return {source: named[source] for source in sorted(named, key=str.casefold)}


def linked(source: str) -> str:
    """A source with its arXiv number as a link."""
    return re.sub(r"arXiv (\d{4}\.\d{4,5})", r"[arXiv \1](https://arxiv.org/abs/\1)", source)


def _paper(source: str) -> str:
    """The source without equation and section, so that all who name a paper name it alike."""
    return re.sub(r"(arXiv \d{4}\.\d{4,5}).*", r"\1", source)


if __name__ == "__main__":
    rows = [
        f"| {linked(source)} | {', '.join(f'`{name}`' for name in dict.fromkeys(names))} |\n"
        for source, names in references().items()
    ]
    PAGE.write_text(HEAD + "".join(rows), "utf-8")
