"""Products of queries with keys, and of what they weigh with values."""

from regard.discovery.language.facts import PARTS, bits
from regard.discovery.language.flows import (
    scored,
)
from regard.discovery.language.mixing_flows import (
    mixed,
)
from regard.discovery.language.operation import Operation, Parameter

DOT = Operation(
    name="dot",
    says="the inner product of each query with each key",
    signatures=("queries:w, keys:w -> scores",),
    torch="$0 @ $1.mT",
    latex=r"$0 \, $1^{\top}",
    flow=scored(),
    matmul="2 n m w",
)
BILINEAR = Operation(
    name="bilinear",
    says="the inner product of W q with k, where one W is learned for each head",
    signatures=("queries:w, keys:w -> scores",),
    torch="($0 @ $weight) @ $1.mT",
    latex=r"$0 W \, $1^{\top}",
    flow=scored(learned=True),
    matmul="2 n w w + 2 n m w",
    parameters={"weight": Parameter("torch.eye($w).repeat($h, 1, 1)")},
)
ADDITIVE = Operation(
    name="additive",
    says="w · tanh(q + k), where w is learned for each head",
    signatures=("queries:w, keys:w -> scores",),
    torch='torch.einsum("bhnmw,hw->bhnm", ($0.unsqueeze(3) + $1.unsqueeze(2)).tanh_(), $vector)',
    latex=r"w^{\top} \tanh($0 \oplus $1)",
    flow=scored(learned=True),
    matmul="2 n m w",
    other="2 n m w",
    parameters={"vector": Parameter("torch.full(($h, $w), $w**-0.5)")},
)
CONVOLUTIONAL = Operation(
    name="convolutional",
    says="the inner product of q and k, each seen with its neighbors through one learned kernel of 3",
    signatures=("queries:w, keys:w -> scores",),
    torch="convolved_products($0, $1, $kernel, reading)",
    latex=r"(\kappa * $0)(\kappa * $1)^{\top}",
    flow=scored(
        without=bits("cross start edges window segments slopes table dense streaming", PARTS),
        learned=True,
        placed=True,
    ),
    matmul="2 n m w",
    other="6 n w + 6 m w",
    parameters={"kernel": Parameter("torch.tensor([0.0, 1.0, 0.0]).repeat($h, $w, 1)")},
)
MIX = Operation(
    name="mix",
    says="the sum of what stands at the keys, each times its weight",
    signatures=("map, keys:u -> queries:u",),
    torch="$0 @ $1",
    latex=r"$0 \, $1",
    flow=mixed,
    matmul="2 n m u",
)
MIX_FEATURES = Operation(
    name="mix_features",
    says="the same of features that are never negative, by weights",
    signatures=("weights, features keys:u -> features queries:u",),
    torch="$0 @ $1",
    latex=r"$0 \, $1",
    flow=mixed,
    matmul="2 n m u",
)
