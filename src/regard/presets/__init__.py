"""Bundles of overrides under a name, as YAML: `+preset=NAME` says them all; what else is said counts more.

`pattern_search_train.yaml` is the preset pattern_search_train. Its keys are those of overrides.
"""

from collections.abc import Mapping
from importlib import resources
from typing import Any

from omegaconf import OmegaConf

from regard.core.errors import UnknownName, nearest
from regard.recipes.reasons import reasons_in

SUFFIX = ".yaml"


def preset(name: str) -> dict[str, Any]:
    """The overrides of a preset, by key. Raises `UnknownName`."""
    if name not in preset_names():
        raise UnknownName(f"There is no preset called '{name}'. {nearest(name, preset_names())}")
    loaded = OmegaConf.to_container(OmegaConf.create(_text(name)))
    assert isinstance(loaded, Mapping)
    return {str(key): value for key, value in loaded.items()}


def reason(name: str) -> str:
    """What a preset is for: the comment at its head."""
    return " ".join(reasons_in(_text(name)).whole.split())


def preset_names() -> list[str]:
    """The names of all presets."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX))


def _text(name: str) -> str:
    return (resources.files(__name__) / f"{name}{SUFFIX}").read_text("utf-8")
