"""The names of the files in a run's folder. Knows no torch, so that every package may use them."""

RUN = "run.json"
"""The description of the run."""

INTERFACE = "interface.json"
"""What the model takes and gives, and what the task found in its data: all that using it needs beside."""

BEST = "best.safetensors"
"""The weights that did best on validation data."""

LAST = "last.safetensors"
"""The checkpoint from which training goes on."""

NEXT = "next.safetensors"
"""The last checkpoint of a pack's seed, before those of all its seeds are written."""

LOG = "log.txt"
