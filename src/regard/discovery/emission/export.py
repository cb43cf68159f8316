"""A graph as a file of PyTorch that needs no regard."""

import inspect
import re
from collections.abc import Iterator

from regard.discovery.emission import standalone, weighing
from regard.discovery.emission.latex import formula
from regard.discovery.emission.plan import WORD
from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term

HEAD = '''"""{name}: an attention mechanism, written by regard and independent of it.

It acts after projection: `{name}(heads, d, e)(streams, causal=True)` mixes values (b, h, m, e).

{formula}
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, gelu, layer_norm, logsigmoid, rms_norm, silu, softplus

'''

CLASS = '''

class {name}(nn.Module):
    """Reads the streams {streams}: (b, h, positions, features), of queries or of keys.

    heads: h. d, e: features of a key and of a value. length: the longest sequence. layer: which one, from 0.
    """

    GRAPH = {graph!r}
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
        return {result}

    @classmethod
    def __regard__(cls) -> type:
        """How regard sees this class: `regard check FILE.py:{name}`. Nothing else needs it."""
        from regard.discovery.emission.adapted import adapted

        return adapted(cls)
'''


def python_file(graph: Graph, name: str = "") -> str:
    """The text of a file with one class of that name, or of the graph's."""
    name = class_name(name or graph.name or "Mechanism")
    parameters, steps, result = _body(graph)
    body = CLASS.format(
        name=name,
        streams=", ".join(_streams(graph)),
        graph=graph.text,
        parameters="\n".join(f"        {each}" for each in parameters) + ("\n" if parameters else ""),
        steps="\n".join(f"        {each}" for each in steps),
        result=result,
    )
    head = HEAD.format(name=name, formula=formula(graph).replace("\\", "\\\\"))
    return head + "\n\n".join(_functions(body)) + body


def class_name(name: str) -> str:
    """A name as that of a class: `prior_champion` is PriorChampion."""
    words = [word for word in re.split(r"\W|_", name) if word]
    made = "".join(word[0].upper() + word[1:] for word in words)
    return made if made.isidentifier() else f"Mechanism{made}" if made else "Mechanism"


def _streams(graph: Graph) -> list[str]:
    return [node.name for node in graph.nodes if node.operation.torch.startswith("reading.streams")]


def _body(graph: Graph) -> tuple[list[str], list[str], str]:
    """Lines that make the parameters, lines that compute, and the name of the result."""
    names: dict[Term, str] = {}
    counts: dict[str, int] = {}
    parameters, steps = [], []
    for node in graph.nodes:
        count = counts[node.name] = counts.get(node.name, -1) + 1
        own = f"{node.name}_{count}" if count or node.inputs else node.name
        names[node] = own
        meant = _meant(node, own, names)
        for key, each in node.operation.parameters.items():
            made = _with(
                each.initial, {key[5:]: text for key, text in meant.items() if key.startswith("size ")}
            )
            parameters.append(f"self.{own}_{key} = nn.Parameter({made})")
        expression = _with(node.operation.torch, meant)
        steps.append(f"{own} = {expression}")
    return parameters, steps, names[graph.output]


def _meant(node: Term, own: str, names: dict[Term, str]) -> dict[str, str]:
    """What the words of a node's texts stand for."""
    meant = {str(i): names[each] for i, each in enumerate(node.inputs)}
    meant |= {key: f"{value:g}" for key, value in node.constants}
    meant |= {key: f"self.{own}_{key}" for key in node.operation.parameters}
    meant |= {"size h": "heads", "size d": "d", "size e": "e", "size n": "length", "to": node.type.width}
    meant |= {f"size {key}": value for key, value in node.binding}
    return meant | {key: value for key, value in node.binding if key not in meant}


def _with(text: str, meant: dict[str, str]) -> str:
    return WORD.sub(lambda found: meant[found[1]], text)


def _functions(body: str) -> Iterator[str]:
    """The source of all that the class uses, and of what that uses, in the order of the module."""
    own = {
        name: inspect.getsource(value)
        for name, value in (vars(standalone) | vars(weighing)).items()
        if getattr(value, "__module__", None) in (standalone.__name__, weighing.__name__)
    }
    numbers = {name: f"{name} = {vars(weighing)[name]!r}\n" for name in ("LARGEST_EXPONENT", "TAKEN_OUT")}
    used: set[str] = set()
    wanted = {"Reading"} | _words(body)
    while wanted:
        name = wanted.pop()
        if name in own and name not in used:
            used.add(name)
            wanted |= _words(own[name])
    text = "".join(own[name] for name in used)
    yield from (line for name, line in numbers.items() if name in _words(text))
    yield from (f"{own[name]}" for name in own if name in used)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
