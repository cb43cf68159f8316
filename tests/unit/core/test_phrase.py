"""Options as people read them."""

from regard.core.phrase import phrase


def test_values_are_words_rather_than_code():
    options = {
        "level": "byte",
        "sizes": (8, 16),
        "augmentation": [],
        "file": None,
        "quick": True,
        "rate": 0.5,
    }
    assert (
        phrase(options)
        == "level = byte; sizes = 8, 16; augmentation = none; file = none; quick = yes; rate = 0.5"
    )
    assert phrase({}) == ""
