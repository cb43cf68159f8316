"""A graph as a file of PyTorch that needs no regard."""

import builtins
import json
import keyword
import re
import textwrap
from collections import Counter

from regard.discovery.emission import standalone, weighing
from regard.discovery.emission.carried import carried
from regard.discovery.emission.latex import formula
from regard.discovery.emission.plan import WORD
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term

HEAD = '''r"""{name}: an attention mechanism, written by regard and independent of it.

It acts after projection: `{name}(heads, d, e)(streams, causal=True)` mixes values (b, h, m, e).
{absent}
{formula}
"""

{carried}'''

CLASS = '''

class {name}(nn.Module):
    """Reads the streams {streams}, each (b, h, positions, features).

    heads: h. d, e: features of a key and of a value. length: the longest sequence. layer: which one, from 0.
    """

    GRAPH = r"""
{graph}
    """
    """The same as a graph: regard reads from it what is claimed."""

    def __init__(
        self,
        heads: int,
        d: int,
        e: int,
        *,
        length: int = 1024,
        temperature: float | None = None,
        layer: int = 0,
    ) -> None:
        super().__init__()
        self.length, self.layer = length, layer
        self.temperature = math.sqrt(d) if temperature is None else temperature
{parameters}
    def forward(
        self,
        streams: dict[str, Tensor],
        *,
        causal: bool = False,
        keys: Tensor | None = None,
        reading: "Reading | None" = None,
    ) -> Tensor:
        """Mix the values. keys: (b, m), which keys are real. reading: what else says who may read whom."""
        reading = reading or Reading(
            streams,
            causal=causal,
            keys=keys,
            temperature=self.temperature,
            length=self.length,
            layer=self.layer,
        )
{steps}

    @classmethod
    def __regard__(cls) -> type:
        """How regard sees this class: `regard check FILE.py:{name}`. Nothing else needs it."""
        from regard.discovery.emission.adapted import adapted

        return adapted(cls)
'''


WIDTH = 102
"""The longest statement behind eight spaces."""

CALL = re.compile(r"((?:return|\w+ =) [\w.]+)\((.*)\)")
VALUE = re.compile(r"(return |\w+ = )(.*)")

TAKEN = {
    *dir(builtins),
    *keyword.kwlist,
    *vars(standalone),
    *vars(weighing),
    "causal",
    "keys",
    "reading",
    "self",
}
"""Names that a step of a computation may not have."""


def python_file(graph: Graph, name: str = "") -> str:
    """The text of a file with one class of that name, or of the graph's."""
    name = class_name(name or graph.name or "Mechanism")
    parameters, steps = _body(graph)
    body = CLASS.format(
        name=name,
        streams=", ".join(_streams(graph)),
        graph=textwrap.indent(_listed(graph), " " * 8),
        parameters="".join(f"        {each}\n" for each in parameters),
        steps="\n".join(map(_line, steps)),
    )
    head = HEAD.format(
        name=name, absent=_absent(graph), formula=_folded(formula(graph)), carried=carried(body)
    )
    return head + body


def class_name(name: str) -> str:
    """A name as that of a class: `prior_champion` is PriorChampion."""
    words = [word for word in re.split(r"\W|_", name) if word]
    made = "".join(word[0].upper() + word[1:] for word in words)
    return made if made.isidentifier() else f"Mechanism{made}" if made else "Mechanism"


def _absent(graph: Graph) -> str:
    """Which projections of its layer are none."""
    left_out = [f"W_{letter}" for letter in graph.absent]
    if not left_out:
        return ""
    return f"In the layer around it {', '.join(left_out)} {'is' if len(left_out) == 1 else 'are'} left out.\n"


def _folded(text: str) -> str:
    """Lines of at most 100 characters, broken where TeX has spaces."""
    lines = text.splitlines()
    return "\n".join(
        textwrap.fill(each, 100, break_long_words=False, break_on_hyphens=False) for each in lines
    )


def _streams(graph: Graph) -> list[str]:
    return [node.name for node in graph.nodes if node.operation.torch.startswith("reading.streams")]


def _listed(graph: Graph) -> str:
    """The graph as JSON, a line for each node."""
    value = graph.to_json()
    nodes = ",\n".join(f"  {json.dumps(each)}" for each in value.pop("nodes"))
    return f'{json.dumps(value)[:-1]}, "nodes": [\n{nodes}\n]}}'


def _body(graph: Graph) -> tuple[list[str], list[str]]:
    """Lines that make the parameters, and lines that compute."""
    names = _names(graph)
    counts: Counter[str] = Counter()
    parameters, steps = [], []
    for node in graph.nodes:
        meant = _meant(node, names)
        sizes = {key[5:]: text for key, text in meant.items() if key.startswith("size ")}
        for key, each in node.operation.parameters.items():
            counts[key] += 1
            meant[key] = f"self.{key}" if counts[key] == 1 else f"self.{key}_{counts[key]}"
            parameters.append(f"{meant[key]} = nn.Parameter({_with(each.initial, sizes)})")
        target = "return" if node is graph.output else f"{names[node]} ="
        steps.append(f"{target} {_with(node.operation.torch, meant)}")
    return parameters, steps


def _line(statement: str) -> str:
    """A statement in the body of a method; a long one in three lines."""
    broken = CALL.fullmatch(statement) or VALUE.fullmatch(statement)
    if len(statement) <= WIDTH or broken is None:
        return f"        {statement}"
    return f"        {broken[1]}(\n            {broken[2]}\n        )"


def _names(graph: Graph) -> dict[Term, str]:
    """A variable for each node: its name, with a number where there are several or it is taken."""
    several = Counter(node.name for node in graph.nodes)
    counts: Counter[str] = Counter()
    names: dict[Term, str] = {}
    for node in graph.nodes:
        counts[node.name] += 1
        alone = several[node.name] == 1 and node.name not in TAKEN
        names[node] = node.name if alone else f"{node.name}_{counts[node.name]}"
    return names


def _meant(node: Term, names: dict[Term, str]) -> dict[str, str]:
    """What the words of a node's texts stand for."""
    meant = {str(i): names[each] for i, each in enumerate(node.inputs)}
    meant |= {key: f"{value:g}" for key, value in node.constants}
    meant |= {"size h": "heads", "size d": "d", "size e": "e", "size n": "length", "to": node.type.width}
    meant |= {f"size {key}": value for key, value in node.binding}
    return meant | {key: value for key, value in node.binding if key not in meant}


def _with(text: str, meant: dict[str, str]) -> str:
    return WORD.sub(lambda found: meant[found[1]], text)
