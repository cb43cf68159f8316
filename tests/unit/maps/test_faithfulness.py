import pytest
import torch

from regard.maps.faithfulness import PARTS, curves

M = 20
SAYS = torch.zeros(M)
SAYS[[3, 7]] = 1


def share(there):
    """An answer that two of twenty positions decide, half each."""
    return 0.5 * (there[:, 3].double() + there[:, 7].double())


def test_the_map_that_names_what_decides_loses_and_finds_the_answer_at_once():
    good, bad = curves(share, SAYS), curves(share, -SAYS)

    assert good.deletion == (1.0, *[0.0] * PARTS)
    assert good.insertion == (0.0, *[1.0] * PARTS)
    assert bad.deletion == (*[1.0] * PARTS, 0.0)
    assert bad.insertion == (*[0.0] * PARTS, 1.0)
    assert good.deletion_area == pytest.approx(0.05)
    assert good.insertion_area == pytest.approx(0.95)


def test_what_is_kept_is_never_taken_away():
    def asked(there):
        assert there[:, :4].all()
        return share(there)

    assert curves(asked, SAYS, kept=4).deletion[-1] == 0.5
