import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.store import Store

FAULTY = Path(__file__).with_name("faulty.py")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "a project") as store:
        yield store


@pytest.fixture
def describe() -> Callable[..., Run]:
    """A run of a tenth of a second; a mechanism with a capital letter is one in faulty.py."""

    def describe(mechanism: str = "softmax", *, seed: int = 0, steps: int = 25, **options: object) -> Run:
        name = f"{FAULTY}:{mechanism}" if mechanism[0].isupper() else mechanism
        return Run(
            task=Spec.of("arithmetic", digits=1, form="masked", samples=100),
            mechanisms=(Spec.of(name, options),),
            model=ModelSettings(layers=1, features=8, heads=1, hidden=8),
            training=TrainingSettings(epochs=100, steps=steps, batch=16, evaluate_every=7),
            seed=seed,
        )

    return describe


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder]
        subprocess.run(mount, check=True, capture_output=True)
    except (subprocess.CalledProcessError, OSError):
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
