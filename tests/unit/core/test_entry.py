"""What takes part in a comparison."""

import json

import pytest

from regard.core.entry import Entry
from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings
from regard.core.spec import Spec

SOFTMAX = (Spec("softmax"),)


def test_an_entry_comes_back_from_json_as_it_was():
    entry = Entry.of((Spec.of("linformer", rank=4), Spec("softmax")), key_heads=None, dropout=0.1)

    assert Entry.from_json(json.loads(json.dumps(entry.to_json()))) == entry


def test_entries_are_equal_and_hash_alike_in_whichever_order_their_settings_are_said():
    one, other = (
        Entry.of(SOFTMAX, dict(pairs))
        for pairs in ([("heads", 2), ("absent", "o")], [("absent", "o"), ("heads", 2)])
    )

    assert one == other
    assert hash(one) == hash(other)
    assert one.model == (("absent", "o"), ("heads", 2))


def test_its_settings_replace_those_of_the_comparison_and_no_others():
    model = ModelSettings(features=32, heads=2)

    assert Entry.of(SOFTMAX, heads=4).settings_in(model) == ModelSettings(features=32, heads=4)
    assert Entry(SOFTMAX).settings_in(model) == model


def test_what_the_comparison_has_anyway_is_dropped():
    model = ModelSettings(features=32, heads=2)

    assert Entry.of(SOFTMAX, heads=2, qk_norm="rms").beside(model) == Entry.of(SOFTMAX, qk_norm="rms")


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"head": 2}, "no setting 'model.head'.*'heads'"),
        ({"heads": "2"}, "model.heads cannot be '2'"),
        ({"heads": 0}, "model.heads must be at least 1"),
        ({"qk_norm": "batch"}, "model.qk_norm cannot be 'batch'"),
        ({"rate": 0.1}, "no setting 'model.rate'"),
    ],
)
def test_a_setting_or_a_value_that_does_not_exist_is_refused_in_one_line(own, says):
    with pytest.raises(InvalidOption, match=says) as refusal:
        Entry.of(SOFTMAX, own)

    assert "\n" not in str(refusal.value)
