"""Order among several objectives: pymoo's sorting, crowding and hypervolume, asked about finite numbers only.

pymoo 0.6.2 ranks numbers that are not finite by their place in the list, so that one of them could become the
whole front: it is never given any.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy import ndarray

Losses = Sequence[tuple[float, ...]]
"""Of each candidate, one finite number for each objective, the less the better."""


def fronts(losses: Losses) -> list[list[int]]:
    """Places in the list by rank: first those that no other dominates, then those that only these do."""
    from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting  # noqa: PLC0415 (needs 0.1 s)

    if not losses:
        return []
    found = NonDominatedSorting().do(_finite(losses))
    return [sorted(int(i) for i in front) for front in found]


def crowding(losses: Losses, dropped: int = 0) -> list[float]:
    """How far apart the neighbors of each member of a front lie (Deb et al. 2002, section III.B); infinite at
    its ends. Where so many are to be dropped they are found one by one, anew after each (Kukkonen & Deb
    2006), and have the least.
    """
    from pymoo.operators.survival.rank_and_crowding.metrics import get_crowding_function  # noqa: PLC0415

    found = get_crowding_function("pcd").do(_finite(losses), n_remove=dropped)
    return [float(each) for each in found]


def hypervolume(losses: Losses, reference: Sequence[float]) -> float:
    """The volume that some candidates dominate, up to a reference point; 0 for none."""
    from pymoo.indicators.hv import HV  # noqa: PLC0415

    return float(HV(ref_point=np.asarray(reference, float)).do(_finite(losses))) if losses else 0.0


def _finite(losses: Losses) -> Float[ndarray, "s objectives"]:
    array = np.asarray(losses, float)
    assert np.isfinite(array).all(), "a loss that is not finite is missing and has no rank"
    return array
