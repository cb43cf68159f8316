import unicodedata

from regard.data.text import one_line, without_repeats


def test_every_control_character_is_a_space_and_nothing_else_is_changed():
    text = "".join(map(chr, range(0x3000)))
    line = one_line(text)
    assert len(line.splitlines()) == 1
    changed = {char for char, written in zip(text, line, strict=True) if written != char}
    assert {char for char in text if unicodedata.category(char) in {"Cc", "Zl", "Zp"}} == changed
    assert set(line) == set(text) - changed


def test_a_paragraph_that_occurred_before_is_left_out():
    assert without_repeats("one\ntwo\n\nthree\n \n\none\ntwo\n\none") == "one\ntwo\n\nthree\n\none"
