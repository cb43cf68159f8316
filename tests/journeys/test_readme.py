"""What the README shows in Python works as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


@pytest.mark.long
def test_the_python_of_the_readme_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    # one epoch shows as much as twenty
    shorter = [
        block.replace("rank=8),)", "rank=8),), training=regard.TrainingSettings(epochs=1)").replace(
            "seeds=5, model=", 'seeds=3, grid=[0.01], training={"epochs": 1}, model='
        )
        for block in blocks
    ]
    assert shorter != blocks

    done = subprocess.run(
        [sys.executable, "-c", "\n".join(shorter)], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert done.returncode == 0, done.stderr
    assert "validation/score" in done.stdout
    assert (tmp_path / "out" / "mine" / "best.safetensors").is_file()
