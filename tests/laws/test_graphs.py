"""The laws of mechanisms over the graphs of the library, each with what was proved of it as its claims."""

import pytest

from regard.attention.checking.subject import MechanismSubject
from regard.attention.laws import MECHANISM_LAWS
from regard.discovery.library import known
from regard.mechanisms import MECHANISMS


@pytest.mark.long
@pytest.mark.parametrize("name", known())
def test_a_graph_of_the_library_keeps_every_law(name):
    subject = MechanismSubject(MECHANISMS.find("program"), {"graph": known()[name].text}, MECHANISMS.find)
    broken = [each for each in MECHANISM_LAWS.check(subject) if each.outcome == "broken"]
    assert not broken, broken
