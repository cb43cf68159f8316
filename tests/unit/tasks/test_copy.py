from transduction_cases import refused_of, variants_of, writes

VARIANTS = variants_of("copy")
# questions of one length have their answers at one distance
LOOK_UP = (0.104, None, 0.42)
REFUSED = refused_of("copy")


def test_the_answer_follows_the_rule():
    assert writes("copy", lambda row: row)
