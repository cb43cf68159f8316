"""How a search stands, in a terminal."""

from pathlib import Path

from rich.text import Text
from rich.tree import Tree

from regard.cli.console import explain, results, shown
from regard.cli.tables import Column, print_table
from regard.commands.search import front_of
from regard.commands.search_lineage import lineage_of
from regard.commands.search_status import Standing
from regard.core.numbers import counted, significant
from regard.core.results.lineage import Branch, forest
from regard.search.correlation import RankCorrelation
from regard.search.ledger import Ledger


def note(front: int, found: Standing) -> str:
    """Beside the bar of a search that goes on."""
    parts = [f"{front} on the front"]
    if found.candidates_per_minute is not None:
        parts.append(f"{found.candidates_per_minute:.1f} a minute")
    parts.append(f"{counted(found.duplicates_saved, 'duplicate')} saved")
    if found.rungs is not None:
        parts.append(f"rungs {_tau(found.rungs)}")
    return ", ".join(parts)


def print_standing(found: Standing) -> None:
    """How far it has come, in sentences."""
    pace = "" if found.candidates_per_minute is None else f", {found.candidates_per_minute:.1f} a minute"
    known = counted(found.evaluations, "candidate")
    explain(f"{found.judged} of {known} evaluated{pace}; {counted(found.trainings, 'training')}.")
    explain(
        f"Without a training: {counted(found.duplicates_saved, 'duplicate')}, "
        f"{found.refused_by_rules} refused by rules, {found.stopped_by_audits} stopped by audits."
    )
    if found.rungs is None:
        explain("Too few candidates were on both rungs to say how well the first foretells the second.")
    else:
        explain(f"First rung to second: {_tau(found.rungs)} over {found.rungs.candidates} candidates.")


def print_front(folder: Path) -> None:
    """The present front."""
    with Ledger.existing(folder) as ledger:
        result = front_of(ledger)
    names = list(result.description["objectives"])
    columns = [
        Column("candidate", [str(i) for i in range(1, len(result.front) + 1)]),
        *(
            Column(name, [significant(each.values[name]) for each in result.front], justify="right")
            for name in names
        ),
        Column("fresh seeds", [str(len(each.seeds)) for each in result.front], goes=1),
        Column("number", [str(each.number) for each in result.front], goes=2, justify="right"),
    ]
    print_table(columns, Column("what it is", [each.label for each in result.front]))


def print_lineage(folder: Path) -> None:
    """The front and what it descends from, by number; members of the front are bold."""
    with Ledger.existing(folder) as ledger:
        lineage = lineage_of(ledger, front_of(ledger))
    for root in forest(lineage):
        tree = Tree(_line(root), guide_style="dim")
        left = [(root, tree)]
        while left:
            branch, place = left.pop()
            left += [(each, place.add(_line(each))) for each in branch.children]
        results.print(tree)


def _line(branch: Branch) -> Text:
    own = branch.ancestor
    others = f" with a part of {', '.join(map(str, own.parents[1:]))}" if own.parents[1:] else ""
    head = Text(f"{own.number}", "bold" if own.on_front else "")
    return head.append(shown(f" {own.operator}{others}: {own.label}"), "" if own.on_front else "dim")


def _tau(found: RankCorrelation) -> str:
    return f"tau {found.tau:.2f} (95\N{NO-BREAK SPACE}% interval {found.low:.2f} to {found.high:.2f})"
