"""Text from users is printed as it is, as far as it can be."""

import io

import pytest

from regard.cli import console, letters, tables


@pytest.fixture
def printed(monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(console.results, "_file", file)
    return file


@pytest.mark.parametrize("text", ["[batch heads n d]", "[red]not red[/red]", "[/]", ":smile:", "a\\[b]"])
def test_nothing_in_it_is_markup(text, printed):
    console.say(text)
    console.explain(text)
    tables.print_table([tables.Column("name", [text])], tables.Column("note", [text]))

    assert printed.getvalue().count(text) == 4


def test_it_cannot_steer_the_terminal(printed):
    console.say("clear \x1b[2J bell \a right to left \u202e\nnext line")

    assert printed.getvalue() == "clear  [2J bell   right to left  \nnext line\n"


def test_a_long_line_stays_one(printed):
    console.say("/a/path" * 40)

    assert printed.getvalue().splitlines() == ["/a/path" * 40]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("ö·…", "o.."), ("±1 × 2 − 3", "+-1 x 2 - 3"), ("\udcff", "?"), ("日本", "??"), ("n²", "n2")],
)
def test_letters_an_encoding_lacks_become_others(text, shown):
    letters.show_all_letters()

    assert text.encode("ascii", "regard.replace").decode() == shown


def test_letters_an_encoding_has_stay():
    letters.show_all_letters()

    assert "ö ± ≈".encode("cp1252", "regard.replace").decode("cp1252") == "ö ± ~"


@pytest.fixture
def narrow(monkeypatch):
    def be(width):
        monkeypatch.setattr(console.results, "_width", width)

    return be


COLUMNS = [
    tables.Column("name", ["softmax", "performer"]),
    tables.Column("time", ["n^2", "n r"], 1),
    tables.Column("memory", ["n", "n r"], 2),
]
PROSE = tables.Column("what it does", ["Weigh all keys by the softmax of their scores, row by row.", "Less."])


@pytest.mark.parametrize(
    ("width", "there", "gone"),
    [
        (80, ["name", "time", "memory", "what"], []),
        (44, ["name", "time"], ["memory"]),
        (36, ["name"], ["time"]),
    ],
)
def test_what_is_dispensable_goes_before_anything_is_cut(width, there, gone, printed, narrow):
    narrow(width)
    tables.print_table(COLUMNS, PROSE)

    lines = printed.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert all(word in lines[0] for word in there)
    assert not any(word in lines[0] for word in gone)
    assert "…" not in printed.getvalue()


def test_prose_stands_below_where_there_is_no_room_beside(printed, narrow):
    narrow(24)
    tables.print_table(COLUMNS, PROSE)

    lines = [line.rstrip() for line in printed.getvalue().splitlines()]
    assert lines[:2] == ["softmax", "    Weigh all keys by"]
