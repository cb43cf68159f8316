"""Judgments in a process where shape annotations are not executed.

They would refuse what does not fit before the code itself does, and torch.compile cannot trace them.
"""

import subprocess
import sys
from pathlib import Path

APART = ("compiled", "misfits")
"""The laws of a layer that are judged so."""


def said(code: str) -> list[str]:
    """The lines that Python prints for some code, which finds the planted faults."""
    folder = str(Path(__file__).parents[1] / "laws")
    code = f"import sys; sys.path.insert(0, {folder!r})\n{code}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()
