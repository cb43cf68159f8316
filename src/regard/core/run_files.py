"""The names of the files in a run's folder. Knows no torch, so that every package may use them."""

RUN = "run.json"
"""The description of the run."""

BEST = "best.safetensors"
"""The weights that did best on validation data."""

LAST = "last.safetensors"
"""The checkpoint from which training goes on."""

LOG = "log.txt"
