"""Names in the order in which people count."""

from regard.pages.order import natural


def test_numbers_in_names_are_counted():
    names = ["length 128", "sets of 8", "length 32", "", "length 64", "lengths 25 to 48"]
    assert sorted(names, key=natural) == [
        "",
        "length 32",
        "length 64",
        "length 128",
        "lengths 25 to 48",
        "sets of 8",
    ]
