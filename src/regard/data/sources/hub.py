"""The Hugging Face hub, through its own client."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from regard.core.errors import MissingFile, RegardError

INSTALL = "pip install 'regard[hf]'"
PATIENCE_SECONDS = 5


def files(repository: str, split: Sequence[str], configuration: str | None = None) -> list[Path]:
    """The arrow files of a split, downloaded where needed; the client keeps them in its own cache.

    `split` are the names that it may have there, the usual one first. `repository` may also be a local
    folder that is laid out like one. Raises `MissingFile` where the
    network, the repository or the split is missing, and `RegardError` where the package `datasets` is.
    """
    try:
        import datasets  # noqa: PLC0415
    except ImportError as error:
        message = f"To load '{repository}' from the hub, the package `datasets` is needed: {INSTALL}."
        raise RegardError(message) from error
    if not _at_hand(repository) and not reachable(datasets.config.HF_ENDPOINT):
        reason = f"{datasets.config.HF_ENDPOINT} cannot be reached"
        raise MissingFile(_failed(repository, reason, "Check the network."))
    dataset: Any = _loaded(datasets, repository, split, configuration)
    return [Path(file["filename"]) for file in dataset.cache_files]


def reachable(address: str) -> bool:
    """Whether anybody answers at an address, asked once: the client would ask for half a minute."""
    try:
        with urlopen(Request(address, method="HEAD"), timeout=PATIENCE_SECONDS):
            return True
    except HTTPError:
        return True  # an answer, if not a friendly one
    except OSError:
        return False


def _at_hand(repository: str) -> bool:
    """Whether the repository is a local folder, or one that the client has seen before and may have kept."""
    import huggingface_hub  # noqa: PLC0415

    if Path(repository).is_dir():
        return True
    kept = huggingface_hub.try_to_load_from_cache(repository, "README.md", repo_type="dataset")
    return kept is not None


def _loaded(datasets: Any, repository: str, split: Sequence[str], configuration: str | None) -> Any:
    """The split, as the client knows it."""
    try:
        known = datasets.get_dataset_split_names(repository, configuration)
        name = next((each for each in split if each in known), split[0])
        return datasets.load_dataset(repository, configuration, split=name)
    except Exception as error:
        # the client lets through whatever its own libraries raise
        reason = " ".join(str(error).split()) or type(error).__name__
        own = Path(repository).is_dir()
        remedy = "Correct the folder." if own else "Check that the hub has it, and the network."
        raise MissingFile(_failed(repository, reason, remedy)) from error


def _failed(repository: str, reason: str, remedy: str) -> str:
    return f"The hub's '{repository}' could not be loaded: {reason.rstrip('.')}. {remedy}"
