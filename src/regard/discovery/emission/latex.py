"""A graph as formulas."""

from collections import Counter

from regard.discovery.emission.plan import WORD
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term


def formula(graph: Graph) -> str:
    """LaTeX: a line for each node that is read more than once, and one for the output."""
    readers = Counter(each for node in graph.nodes for each in node.inputs)
    written: dict[Term, str] = {}
    lines: list[str] = []
    for node in graph.nodes:
        text = _text(node, written)
        if readers[node] > 1 and node.inputs and node != graph.output:
            letter = f"X_{{{len(lines) + 1}}}"
            lines.append(f"{letter} &= {text}")
            text = letter
        written[node] = text
    lines.append(f"Y &= {written[graph.output]}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _text(node: Term, written: dict[Term, str]) -> str:
    meant = {str(i): written[each] for i, each in enumerate(node.inputs)}
    meant |= {key: f"{value:g}" for key, value in node.constants}
    return WORD.sub(lambda found: meant[found[1]], node.operation.latex)
