"""What the page says of levels, metrics and parts of scores, in a sentence each."""

from collections.abc import Mapping

LEVELS: Mapping[str, str] = {
    "weights": "The matrix that the mechanism itself multiplies the values by.",
    "operator": "The one matrix A for which A · v is the head's output, found by asking for it.",
    "contribution": "How much of what a head adds to a position comes from each value.",
    "relevance": "How much of the answer comes from each value, by the answer's gradient.",
    "influence": "How far the layer's output moves with each input, through queries and keys too.",
}

METRICS: Mapping[str, str] = {
    "entropy": "Entropy of the rows over that of uniform ones: 1 reads all keys alike, 0 a single one.",
    "confidence": "The largest entry of a row, a mean over rows.",
    "distance": "How many positions away the head reads, a mean over rows.",
    "relative distance": "Distance over that of a head that reads all keys alike: below 1 is local.",
    "itself": "What queries read at their own position.",
    "previous": "What queries read one position before their own: near 1 in a previous-token head.",
    "induction": "What queries read behind an earlier copy of their token: near 1 in an induction head.",
    "duplicate": "What queries read at earlier copies of their token.",
    "first": "What queries read at the first position: a sink where it is large.",
    "special": "What queries read at special tokens.",
    "class token": "What queries read at the class token.",
    "nothing": "1 minus the sum of a row, a mean over rows: what is not read at all.",
    "effective rank": "Of how many directions the map is made, by the entropy of its singular values.",
    "negative mass": "The share of entries below 0 in the sum of all sizes.",
    "row sum spread": "The standard deviation of the row sums.",
}
"""By name, in lower case and with spaces; a metric that is not among them is shown under its name alone."""

PARTS: Mapping[str, str] = {
    "embedding": "What the input itself wrote at this position.",
    "token": "What stands at this position, without where it stands.",
    "position": "Where it stands: the vector that is added for the position.",
    "biases": "The biases of all attention layers before, which are the same everywhere.",
    "norm and projection": "The biases of this layer's own norm and projections.",
}
"""By name; what heads and feed-forward layers wrote needs no words."""
