import http.server
import subprocess
import sys
import threading
import time

import pytest
from image_files import rows as image_rows
from image_files import write_parquet

from regard.core.errors import MissingFile, RegardError
from regard.data.sources import Source, class_names, content, count, find, hub, rows

NOWHERE = """
from regard.core.errors import RegardError
from regard.data.sources import Source, find
try:
    find(Source("poems", hub="someone/verses-that-are-not-there"), "train")
except RegardError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REGARD_DATA", raising=False)


@pytest.mark.filterwarnings("ignore")
def test_a_repository_gives_files_that_read_like_parquet(tmp_path):
    repository = tmp_path / "repository"
    pairs = {"train": image_rows(2, 150), "test": image_rows(2, 2, 500)}
    for split, each in pairs.items():
        write_parquet(repository / f"{split}-00000-of-00001.parquet", each, names=["cat", "dog"])
    files = find(Source("animals", hub=str(repository)), "train")
    assert [(image["bytes"], label) for image, label in rows(files, ["image", "label"])] == pairs["train"]
    assert count(files) == 300
    assert class_names(files[0], "label") == ("cat", "dog")
    assert len(content(files)) == 64
    assert count(find(Source("animals", hub=str(repository)), "test")) == 4


@pytest.mark.filterwarnings("ignore")
def test_a_split_that_is_not_there_is_missed(tmp_path):
    write_parquet(tmp_path / "repository" / "train-00000-of-00001.parquet", image_rows(2, 1))
    with pytest.raises(MissingFile, match="could not be loaded"):
        hub.files(str(tmp_path / "repository"), ["test"])


def test_without_network_the_remedies_are_named(tmp_path):
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": ""}
    said = subprocess.run(
        [sys.executable, "-c", NOWHERE], capture_output=True, text=True, check=True, env=environment
    ).stdout
    assert said.startswith("MissingFile poems: the split train was not found")
    for word in ("REGARD_DATA", "task.data=FOLDER", "someone/verses", "network"):
        assert word in said


@pytest.mark.parametrize(("status", "answers"), [(200, True), (404, True), (None, False)])
def test_an_address_is_reachable_if_it_answers_at_all(status, answers):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        if status is None:
            server.server_close()
        else:
            threading.Thread(target=server.handle_request).start()
        assert hub.reachable(address) is answers


def test_a_hub_that_cannot_be_reached_is_given_up_at_once(monkeypatch):
    monkeypatch.setattr("datasets.config.HF_ENDPOINT", "http://127.0.0.1:9")
    before = time.monotonic()
    with pytest.raises(MissingFile, match=r"127\.0\.0\.1:9 cannot be reached"):
        hub.files("someone/verses-that-are-not-there", ["train"])
    assert time.monotonic() - before < 10


def test_without_the_client_its_installation_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(RegardError, match=r"pip install 'regard\[hf\]'"):
        hub.files("someone/verses", ["train"])
    with pytest.raises(MissingFile, match=r"REGARD_DATA.*pip install 'regard\[hf\]'"):
        find(Source("poems", hub="someone/verses"), "train")
