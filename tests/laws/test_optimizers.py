"""Every law of an optimizer, over the catalog, and the faults that each catches."""

import optimizer_faults as faults
import pytest
from judged_apart import broken, missed

from regard.optimization.laws import OPTIMIZER_LAWS, OptimizerSubject
from regard.optimizers import OPTIMIZERS

FAULTS = {
    "allowance": (faults.Uncounted,),
    "counted": (faults.Uncounted,),
    "going_on": (faults.Forgetful,),
    "no_gradient": (faults.Backward,),
    "restored": (faults.Subtracting,),
}


@pytest.mark.parametrize("name", OPTIMIZERS.names())
def test_every_optimizer_keeps_every_law(name):
    assert broken(OPTIMIZER_LAWS, OptimizerSubject(OPTIMIZERS.find(name))) == []


@pytest.mark.parametrize("law", OPTIMIZER_LAWS.names())
def test_a_law_catches_each_of_its_planted_faults(law):
    assert missed(OPTIMIZER_LAWS, law, [OptimizerSubject(fault) for fault in FAULTS[law]]) == []
