"""The network of the project Evolving Attention around a genome, and its training.

What its compiler cannot build stays unbuildable here: the operations `additive`, `convolutional` and
`gated_value` raise, a binary operation inserted with one input fails, and dead nodes run.
"""

from typing import final

import torch
from entmax import sparsemax
from evolving_attention import STREAMS, Genome
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu

WIDTH, TOKENS = 64, 65


@final
class Attention(nn.Module):
    """A genome as a module, all nodes of which run. Raises whatever goes wrong in one."""

    def __init__(self, genome: Genome) -> None:
        super().__init__()
        self.genome = genome
        self.projections = nn.ModuleList(
            nn.Linear(WIDTH, WIDTH) if flag else nn.Identity() for flag in genome.flags
        )
        self.parts = nn.ModuleList(_part(name) for name, _ in genome.nodes)

    def forward(self, x: Tensor) -> Tensor:
        streams = {name: self.projections[i](x) for i, name in enumerate(STREAMS)}
        held: list[Tensor] = []
        for (name, inputs), part in zip(self.genome.nodes, self.parts, strict=True):
            held.append(
                _run(name, part, [streams[each] if each in streams else held[each] for each in inputs])
            )
        return self.projections[3](held[-1])


def _part(name: str) -> nn.Module:
    if name in ("additive", "convolutional", "gated_value"):
        raise TypeError("the compiler does not pass the width that it needs")
    if name in ("bilinear", "linear"):
        return nn.Linear(WIDTH, WIDTH, bias=name == "linear")
    return nn.LayerNorm(WIDTH) if name == "layer_norm" else nn.Identity()


def _run(name: str, part: nn.Module, inputs: list[Tensor]) -> Tensor:
    match name:
        case "scaled_dot":
            return inputs[0] @ inputs[1].mT / WIDTH**0.5
        case "bilinear":
            return part(inputs[0]) @ inputs[1].mT
        case "softmax":
            return inputs[0].softmax(-1)
        case "sparsemax":
            return sparsemax(inputs[0], -1)
        case "sigmoid":
            return inputs[0].sigmoid()
        case "top_k":
            least = inputs[0].topk(10, -1).values[..., -1:]
            return inputs[0].masked_fill(inputs[0] < least, -torch.inf)
        case "weighted_sum":
            return inputs[0] @ inputs[1]
        case "add":
            return inputs[0] + inputs[1]
        case "multiply":
            return inputs[0] * inputs[1]
        case "gelu":
            return gelu(inputs[0])
    return part(inputs[0])


def runs(genome: Genome) -> bool:
    """Whether a valid genome can be built and run: what fails is scored 0 there, whatever the reason."""
    try:
        with torch.no_grad():
            mixed = Attention(genome)(torch.randn(1, TOKENS, WIDTH))
    except (TypeError, IndexError, RuntimeError):
        return False
    return mixed.shape == (1, TOKENS, WIDTH) and bool(mixed.isfinite().all())


@final
class Vit(nn.Module):
    """Its proxy: images of 32, patches of 4, one layer of 64 features and one head, a class token."""

    def __init__(self, genome: Genome) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, 4, 4)
        self.first = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.places = nn.Parameter(0.02 * torch.randn(1, TOKENS, WIDTH))
        self.attention = Attention(genome)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.inner = nn.Sequential(nn.Linear(WIDTH, 256), nn.ReLU(), nn.Dropout(0.1), nn.Linear(256, WIDTH))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(WIDTH, 10)

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patches(images).flatten(2).mT
        x = torch.cat([self.first.expand(len(tokens), -1, -1), tokens], 1) + self.places
        x = self.norms[0](x + self.drop(self.attention(x)))
        x = self.norms[1](x + self.drop(self.inner(x)))
        return self.head(x[:, 0])


def train(genome: Genome, images: Tensor, labels: Tensor, held_out: tuple[Tensor, Tensor]) -> float:
    """Its accuracy after three epochs in batches of 128. The images lie in memory, unlike there."""
    model = Vit(genome)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    for _ in range(3):
        for batch in torch.randperm(len(images)).split(128):
            optimizer.zero_grad()
            cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        found = torch.cat([model(each).argmax(-1) for each in held_out[0].split(128)])
    return float((found == held_out[1]).float().mean())
