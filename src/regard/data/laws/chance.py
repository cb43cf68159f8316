"""The declared score of guessing."""

from collections.abc import Iterator
from typing import final

from regard.data.checking import TaskLaw, TaskSubject
from regard.data.checking.predictors import always, guesses, scores_of
from regard.laws import Case


@final
class Chance(TaskLaw):
    """The best guesser that sees no input scores at the declared chance on the test split."""

    limit = 4.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task, test = subject.task, subject.task.split("test")
        found = [scores_of(task, always(task, guess), test) for guess in guesses(task.split("train").targets)]
        best = max(found, key=lambda scores: scores.mean().item())
        mean, count = best.mean().item(), len(best)
        # a score of many targets varies less than a single right or wrong does, whose variance is p (1 - p)
        narrower = best.var().item() / (mean * (1 - mean)) if 0 < mean < 1 else 1
        # where chance is near 0, a sample more or less is all that there is
        error = (narrower * task.chance * (1 - task.chance) / count) ** 0.5 + 1 / count
        apart = abs(mean - task.chance) / error
        yield f"{mean:.4f}, not {task.chance:.4f}: {apart:.1f} standard errors apart", apart
