from transduction_cases import refused_of, variants_of, writes

VARIANTS = variants_of("copy")
REFUSED = refused_of("copy")


def test_the_answer_follows_the_rule():
    assert writes("copy", lambda row: row)
