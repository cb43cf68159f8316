"""From scores to weights. Here the mask acts: what it hides weighs 0."""

import math

from regard.discovery.language.facts import PARTS, bits
from regard.discovery.language.flows import (
    across,
    kept,
    rectified,
    rows_shared,
    weighed,
)
from regard.discovery.language.operation import Constant, Operation, Parameter

BIASES = bits("slopes table dense", PARTS)
COLUMNS = bits("causal cross start streaming edges window", PARTS) | BIASES
"""What a sum over the queries does not honor: of edges it is not known which queries are padding, and queries
within a window of the key may have read what lies outside that of the query."""

SOFTMAX = Operation(
    name="softmax",
    says="softmax over the keys",
    signatures=("scores -> weights",),
    torch="softmax($0, reading)",
    latex=r"\mathrm{softmax}\left($0\right)",
    flow=weighed(0.0, 1.0, "1"),
    other="5 n m",
)
SPARSEMAX = Operation(
    name="sparsemax",
    says="the nearest distribution over the keys, most of it 0",
    signatures=("scores -> weights",),
    torch="sparsemax($0, reading)",
    latex=r"\mathrm{sparsemax}\left($0\right)",
    flow=weighed(0.0, 1.0, "1", chooses=True),
    other="12 n m",
)
ENTMAX = Operation(
    name="entmax",
    says="1.5-entmax over the keys, between softmax and sparsemax",
    signatures=("scores -> weights",),
    torch="entmax15($0, reading)",
    latex=r"\mathrm{entmax}_{1.5}\left($0\right)",
    flow=weighed(0.0, 1.0, "1", chooses=True),
    other="18 n m",
)
SINK = Operation(
    name="sink",
    says="softmax over the keys and a learned score at which there is nothing",
    signatures=("scores -> weights",),
    torch="softmax_beside($0, $logit, reading)",
    latex=r"\mathrm{softmax}_{+z}\left($0\right)",
    flow=weighed(0.0, 1.0, "<=1", learned=True),
    other="6 n m + 6 n",
    parameters={"logit": Parameter("torch.zeros($h, 1, 1)")},
)
SHARE_SIGMOID = Operation(
    name="share_sigmoid",
    says="sigmoid(s - log of how many keys the query may read)",
    signatures=("scores -> weights",),
    torch="share_sigmoid($0, reading)",
    latex=r"\sigma\left($0 - \log m\right)",
    flow=weighed(0.0, 1.0, ""),
    other="5 n m",
)
WEIGH_SIGMOID = Operation(
    name="weigh_sigmoid",
    says="the logistic function of each score",
    signatures=("scores -> weights",),
    torch="hide($0, reading).sigmoid()",
    latex=r"\sigma\left($0\right)",
    flow=weighed(0.0, 1.0, ""),
    other="4 n m",
)
WEIGH_EXP = Operation(
    name="weigh_exp",
    says="the exponential of each score, at most exp 30",
    signatures=("scores -> weights",),
    torch="exponential(hide($0, reading))",
    latex=r"\exp\left($0\right)",
    flow=weighed(0.0, math.exp(30), "", stabilized=False),
    other="4 n m",
)
WEIGH_RELU = Operation(
    name="weigh_relu",
    says="what is positive of each score",
    signatures=("scores -> weights",),
    torch="hide($0, reading).relu()",
    latex=r"\mathrm{relu}\left($0\right)",
    flow=rectified,
    other="2 n m",
)
KEEP = Operation(
    name="keep",
    says="each score as it is, 0 where the mask hides the key",
    signatures=("scores -> map",),
    torch="keep($0, reading)",
    latex=r"$0 \odot M",
    flow=kept(BIASES),
    other="n m",
)
ROW_NORMALIZE = Operation(
    name="row_normalize",
    says="each row over its sum, which is taken to be at least 1e-6",
    signatures=("weights -> weights", "map -> map"),
    torch="$0 / $0.sum(-1, keepdim=True).clamp_min(1e-6)",
    latex=r"\mathrm{norm}_{\mathrm{row}}\left($0\right)",
    flow=rows_shared,
    other="2 n m",
)
COLUMN_NORMALIZE = Operation(
    name="column_normalize",
    says="each column over its sum, which is taken to be at least 1e-6",
    signatures=("weights -> weights",),
    torch="column_shares($0, reading)",
    latex=r"\mathrm{norm}_{\mathrm{col}}\left($0\right)",
    flow=across(COLUMNS),
    other="3 n m",
)
COLUMN_SOFTMAX = Operation(
    name="column_softmax",
    says="softmax over the queries",
    signatures=("scores -> weights",),
    torch="column_softmax($0, reading)",
    latex=r"\mathrm{softmax}_{\mathrm{col}}\left($0\right)",
    flow=across(COLUMNS, positive=True),
    other="7 n m",
)
TOP_K = Operation(
    name="top_k",
    says="the largest scores of a row, the others taken out of all further weighing",
    signatures=("scores -> scores",),
    torch="top_k($0, $keep, reading)",
    latex=r"\mathrm{top}_{$keep}\left($0\right)",
    flow=weighed(-math.inf, math.inf, "", without=BIASES, chooses=True, takes_out=True),
    other="2 n m",
    constants={"keep": Constant(10, 1, 1024, whole=True)},
)
