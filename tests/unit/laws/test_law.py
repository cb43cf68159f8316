"""What a law is: its name, its sentence, and what it needs."""

import pytest
from number_laws import NUMBER_LAWS, Number, NumberLaw, NumberSubject


class Fraction(Number):
    whole = False


def test_a_law_is_called_as_its_file_and_says_the_first_line_of_its_docstring():
    law = NUMBER_LAWS.find("small")

    assert law.name == "small"
    assert law.sentence == "It is at most 10, give or take what is drawn."


def test_a_law_does_not_apply_to_a_subject_that_does_not_declare_what_it_needs():
    law = NUMBER_LAWS.find("even")

    assert law.exempt(NumberSubject(Number)) is None
    assert law.exempt(NumberSubject(Fraction)) == "does not declare whole"


def test_a_law_that_needs_what_no_subject_can_declare_fails_at_import():
    with pytest.raises(TypeError, match="Strong needs strong and tall, which no subject can declare"):

        class Strong(NumberLaw):
            needs = ("tall", "whole", "strong")
