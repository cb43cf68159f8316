import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from regard.core.run import Run
from regard.core.spec import Spec
from regard.store import Store


@pytest.fixture
def run() -> Run:
    return Run(task=Spec.of("digits"), mechanisms=(Spec.of("softmax"),))


@pytest.fixture
def store(tmp_path: Path, run: Run) -> Iterator[Store]:
    with Store(tmp_path / "project") as store:
        store.add(run)
        yield store


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Callable[[str], None]]:
    """A file system of its own in `folder`; what is yielded mounts it again with other options."""
    folder.mkdir()

    def mount(options: str) -> None:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True, capture_output=True
        )

    try:
        mount(options)
    except (subprocess.CalledProcessError, OSError):
        pytest.skip("only root may mount a disk")
    try:
        yield lambda options: mount(f"remount,{options}")
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[str], None]]]:
    folder = tmp_path / "disk"
    with small_disk(folder, "size=256k") as remount:
        yield folder, remount


@pytest.fixture
def seal(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Makes a folder read-only, also for root."""
    sealed: list[Path] = []

    def seal(folder: Path) -> None:
        sealed.append(folder)
        if os.geteuid() != 0:
            folder.chmod(0o555)
            return
        try:
            subprocess.run(["mount", "--bind", folder, folder], check=True, capture_output=True)
            subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True, capture_output=True)
        except (subprocess.CalledProcessError, OSError):
            pytest.skip("nothing is read-only for root here")

    yield seal
    for folder in sealed:
        if os.geteuid() != 0:
            folder.chmod(0o755)
        else:
            subprocess.run(["umount", "-l", folder], check=False)
