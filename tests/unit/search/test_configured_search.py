"""Searches as they are described on the command line."""

import pytest

from regard.configuration.search import configure_search
from regard.core.errors import InvalidOption, UnknownName
from regard.core.spec import Spec
from regard.search.settings import settings_from
from regard.search.strategies import STRATEGIES


def test_a_preset_is_completed_by_what_is_said() -> None:
    settings = configure_search(["+preset=small", "evaluations=7", "strategy.population=5"])
    assert settings.evaluations == 7
    assert settings.strategy.settings == {"population": 5, "rivals": 2}
    assert [run.task.name for run in settings.proxies] == ["recall", "induction"]


def test_the_prior_search_is_a_preset() -> None:
    settings = configure_search(["+preset=evolving_attention"])
    assert settings.evaluations == 2550
    assert settings.strategy.settings == {"population": 50, "rivals": 3}
    proxy = settings.proxies[0]
    assert proxy.model.features == 64
    assert _budget(proxy) == (16384, 6, 128)
    own = configure_search(["+preset=evolving_attention", "proxies=cifar10.evolving_attention"]).proxies[0]
    assert own.model == proxy.model and _budget(own) == (4096, 3, 128)


def _budget(proxy):
    return proxy.task.settings["samples"], proxy.training.epochs, proxy.training.batch


def test_another_strategy_takes_the_place_of_one_with_its_options() -> None:
    settings = configure_search(["+preset=small", "strategy=best_of_n"])
    assert settings.strategy == STRATEGIES.complete(Spec("best_of_n"))
    same = configure_search(["+preset=small", "strategy=nsga2"])
    assert same.strategy == configure_search(["+preset=small"]).strategy
    with pytest.raises(InvalidOption, match="no option 'population'"):
        configure_search(["+preset=small", "strategy=best_of_n", "strategy.population=4"])


def test_a_description_comes_back_from_its_json() -> None:
    settings = configure_search(["limits={flops:1000000}", "objectives=[quality,exponent]", "space=catalog"])
    assert settings.limits == (("flops", 1e6),)
    assert settings_from(settings.to_json()) == settings


@pytest.mark.parametrize(
    ("argument", "error", "message"),
    [
        ("+preset=smal", UnknownName, "Did you mean 'small'"),
        ("evaluation=3", InvalidOption, "Did you mean 'evaluations'"),
        ("objectives=[quality,speed]", InvalidOption, "no objective called 'speed'"),
        ("strategy=nsga3", UnknownName, "nsga2"),
        ("evaluations=0", InvalidOption, "at least 1"),
        ("order=sometimes", InvalidOption, "order"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(argument, error, message) -> None:
    with pytest.raises(error, match=message):
        configure_search([argument])
