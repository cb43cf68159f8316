"""How alike the outputs of two graphs are on a few fixed numbers."""

import torch
from torch import Tensor

from regard.discovery.emission.plan import Plan
from regard.discovery.emission.probe import drawn, parameters, reading
from regard.discovery.language.edit import tidy
from regard.discovery.language.graph import Graph

LENGTH = 12


def likeness(graph: Graph, other: Graph) -> float:
    """The correlation of their outputs, causal and not: 1 for one function, up to a factor and a constant."""
    one, two = _outputs(graph), _outputs(other)
    room = one.norm() * two.norm()
    return float(one @ two / room) if room > 0 else 0.0


def _outputs(graph: Graph) -> Tensor:
    plan = Plan(tidy(graph.output))
    learned = parameters(plan)
    streams = drawn(LENGTH)
    with torch.no_grad():
        found = [plan.run(reading(streams, causal=causal), learned) for causal in (True, False)]
    flat = torch.nan_to_num(torch.cat([each.flatten() for each in found]).double())
    return flat - flat.mean()
