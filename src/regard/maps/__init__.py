"""What a mechanism reads of what: maps of one call at five levels, and what follows from them.

| level | what it holds |
|---|---|
| weights (W) | the matrix that a mechanism says its output is, times the values |
| operator (A) | the matrix that its output is, found by asking for it |
| contribution (C) | how much of what a layer adds to a position comes from which value |
| relevance (R) | how much of an answer comes from which value |
| influence (J) | how far an output moves with an input, by every path |
"""
