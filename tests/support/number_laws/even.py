from number_laws import NumberLaw


class Even(NumberLaw):
    """Its half is whole."""

    needs = ("whole",)

    def measure(self, subject):
        half = subject.build().half()
        yield "half", half % 1
        yield "minus half", -half % 1
