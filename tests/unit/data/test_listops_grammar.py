import pytest

from regard.data.listops_grammar import draw_expressions, evaluate
from regard.data.sources import data_folder


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("[ MAX 2 9 [ MIN 4 7 ] 0 ]", 9),
        ("[ SM 6 5 9 0 ]", 0),
        ("[ MED 7 8 4 3 ]", 5),
        ("[ MED 0 1 ]", 0),
        ("[ MED [ SM 9 9 ] 1 2 ]", 2),
        ("7", 7),
    ],
)
def test_expressions_have_their_value(expression, value):
    assert evaluate(expression.split()) == value


@pytest.mark.parametrize(
    "expression", ["", "[", "]", "[ MAX ]", "[ MAX 1 2", "1 2", "[ ADD 1 2 ]", "[ 1 2 ]"]
)
def test_what_is_no_expression_is_refused(expression):
    with pytest.raises(ValueError, match=r"."):
        evaluate(expression.split())


def test_expressions_nest_no_deeper_and_are_no_wider_than_asked():
    for expression in draw_expressions(0, 500, depth=2, arguments=3, longest=100):
        depths, depth, widths = [], 0, [0]
        for token in expression:
            if token == "[":
                widths[-1] += 1
                widths.append(0)
                depth += 1
            elif token == "]":
                assert 2 <= widths.pop() <= 3
                depth -= 1
            elif token.isdigit():
                widths[-1] += 1
            depths.append(depth)
        assert max(depths) <= 2


def test_short_expressions_are_drawn_as_often_as_if_long_ones_were_drawn_whole():
    whole = [e for e in draw_expressions(0, 20_000, depth=3, arguments=5, longest=10**6) if len(e) <= 20]
    short = list(draw_expressions(1, 20_000, depth=3, arguments=5, longest=20))
    assert max(map(len, short)) == 20
    assert len(short) == pytest.approx(len(whole), rel=0.03)
    for said in ("[", "9", "SM"):
        often = [sum(e.count(said) for e in drawn) / len(drawn) for drawn in (whole, short)]
        assert often[0] == pytest.approx(often[1], rel=0.05)


def test_what_would_be_too_long_is_left_before_it_fills_the_memory():
    # 2.75 lists in a list, 20 deep: 10**8 tokens and more
    assert all(len(e) <= 60 for e in draw_expressions(0, 100, depth=20, arguments=20, longest=60))


@pytest.mark.data
def test_all_official_items_have_the_value_that_they_are_labelled_with():
    lines = (data_folder(None) / "listops" / "test_d20s.tsv").read_text().splitlines()
    assert len(lines) == 10_000
    for line in lines:
        label, text = line.split("\t")
        # the brackets of the binary tree say nothing new
        tokens = text.replace("(", " ").replace(")", " ").replace("[", "[ ").split()
        assert evaluate(tokens) == int(label)
