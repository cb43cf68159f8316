"""Folders to report on: small projects, made and drawn once, and copies of the smallest."""

import shutil
from pathlib import Path

import pytest
from synthetic import write_project

from regard.report import write_report


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two tasks and four mechanisms, with its page. Not to be changed."""
    folder = write_project(
        tmp_path_factory.mktemp("reported") / "project", ("digits", "recall"), mechanisms=4
    )
    write_report(folder)
    return folder


@pytest.fixture(scope="session")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one task and three mechanisms, without a page. Not to be changed."""
    return write_project(tmp_path_factory.mktemp("smallest") / "project", ("digits",), mechanisms=3)


@pytest.fixture
def project(smallest: Path, tmp_path: Path) -> Path:
    """A copy of the smallest project, to be changed at will."""
    return Path(shutil.copytree(smallest, tmp_path / "project"))
