"""The contracts of training: what is minimized, how, on what, and at which cost."""

from regard.optimization.closure_optimizer import ClosureOptimizer, EvaluatorOf
from regard.optimization.closure_update import ClosureUpdate
from regard.optimization.evolution import EvolutionStrategy
from regard.optimization.gradient import GradientUpdate
from regard.optimization.ledger import Ledger
from regard.optimization.loss import Loss, cross_entropy
from regard.optimization.objective import Charge, Load, Model, Objective
from regard.optimization.problem import Problem
from regard.optimization.schedule import Schedule
from regard.optimization.single import SingleBatch
from regard.optimization.update import Abilities, StepMetrics, Tuned, Update

__all__ = [
    "Abilities",
    "Charge",
    "ClosureOptimizer",
    "ClosureUpdate",
    "EvaluatorOf",
    "EvolutionStrategy",
    "GradientUpdate",
    "Ledger",
    "Load",
    "Loss",
    "Model",
    "Objective",
    "Problem",
    "Schedule",
    "SingleBatch",
    "StepMetrics",
    "Tuned",
    "Update",
    "cross_entropy",
]
