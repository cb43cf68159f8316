"""Every law of an optimizer, over the catalog, and the faults that each catches."""

import optimizer_faults as faults
import pytest
from judged_apart import broken, missed

from regard.optimization.laws import OPTIMIZER_LAWS, OptimizerSubject
from regard.optimizers import OPTIMIZERS

FAULTS = {
    "allowance": (faults.Uncounted,),
    "closures": (faults.PutTogether,),
    "counted": (faults.Uncounted,),
    "going_on": (faults.Forgetful, faults.Global),
    "half_precision": (faults.Divides,),
    "independent_noise": (faults.Shared, faults.Opposite),
    "known_loss": (faults.Stale, faults.Subtracting),
    "ledger": (faults.PaysTwice,),
    "left_out": (faults.CountsTheFrozen, faults.Thaws),
    "minimum": (faults.Uphill, faults.Promising),
    "no_gradient": (faults.Backward,),
    "not_finite": (faults.NotWorse,),
    "raising": (faults.Careless, faults.Shares),
    "restored": (faults.Subtracting,),
    "steps": (faults.Twice, faults.Idle),
}


@pytest.mark.parametrize("name", OPTIMIZERS.names())
def test_every_optimizer_keeps_every_law(name):
    assert broken(OPTIMIZER_LAWS, OptimizerSubject(OPTIMIZERS.find(name))) == []


def test_what_has_no_fault_breaks_no_law():
    assert broken(OPTIMIZER_LAWS, OptimizerSubject(faults.Sound)) == []


@pytest.mark.parametrize("law", OPTIMIZER_LAWS.names())
def test_a_law_catches_each_of_its_planted_faults(law):
    assert missed(OPTIMIZER_LAWS, law, [OptimizerSubject(fault) for fault in FAULTS[law]]) == []
