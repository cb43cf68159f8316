"""What is found in folders, and what is left alone."""

import pytest

from regard.core.errors import Corrupt, MissingFile
from regard.data.sources import files_in, folders_in


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def found(folder):
    return [path.relative_to(folder).as_posix() for path in files_in(folder, {".png"})]


def test_files_are_found_at_any_depth_in_order_whatever_the_case_of_their_ends(tmp_path):
    for name in ("b.PNG", "a/żółw 🐢.png", "a/c/d.Png", "a/e.jpg"):
        write(tmp_path / name)
    assert found(tmp_path) == ["a/c/d.Png", "a/żółw 🐢.png", "b.PNG"]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.png",
        "._x.png",
        ".ipynb_checkpoints/x.png",
        "a/.ipynb_checkpoints/x.png",
        "__MACOSX/a/x.png",
        "a/@eaDir/x.png",
        "Thumbs.db/x.png",
        "lost+found/x.png",
    ],
)
def test_what_is_hidden_or_left_by_systems_is_no_data(tmp_path, name):
    write(tmp_path / "a.png")
    write(tmp_path / name)
    assert found(tmp_path) == ["a.png"]
    assert {path.name for path in folders_in(tmp_path)} <= {"a"}


def test_a_hidden_folder_above_hides_nothing(tmp_path):
    write(tmp_path / ".data" / "a.png")
    assert found(tmp_path / ".data") == ["a.png"]


def test_links_to_folders_and_files_are_followed(tmp_path):
    write(tmp_path / "elsewhere" / "deep" / "a.png")
    write(tmp_path / "elsewhere" / "b.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "elsewhere" / "deep")
    (tmp_path / "set" / "c.png").symlink_to(tmp_path / "elsewhere" / "b.png")
    assert found(tmp_path / "set") == ["c.png", "linked/a.png"]


def test_links_that_lead_back_add_nothing(tmp_path):
    write(tmp_path / "set" / "a" / "x.png")
    write(tmp_path / "set" / "b" / "y.png")
    (tmp_path / "set" / "a" / "up").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "a" / "again").symlink_to(tmp_path / "set" / "a")
    (tmp_path / "set" / "b" / "other").symlink_to(tmp_path / "set" / "a")
    assert found(tmp_path / "set" / "a") == ["x.png"]
    assert len(found(tmp_path / "set")) == 2


def test_a_link_that_leads_nowhere_is_named(tmp_path):
    (tmp_path / "x.png").symlink_to(tmp_path / "gone")
    with pytest.raises(Corrupt, match=r"x\.png is a link that leads nowhere"):
        found(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingFile, match="nowhere cannot be read"):
        folders_in(tmp_path / "nowhere")
