"""Candidates that a search could stumble upon."""

import os
import signal
import sys
import time
from typing import final

import torch

from regard.attention import Cost, Mechanism, Traits


class Priced(Mechanism):
    traits = Traits(source="none", time="n", memory="n")

    def cost(self, n, m, mask=None):
        return Cost(matmul_flops=1, state_numbers=0)


@final
class Hangs(Priced):
    def forward(self, streams, mask):
        time.sleep(3600)
        return streams.v


@final
class Hoards(Priced):
    """Asks for 100 GB."""

    def forward(self, streams, mask):
        return streams.v + torch.ones(25 * 10**9).sum()


@final
class AnswersNothing(Priced):
    def forward(self, streams, mask):
        return streams.v * float("nan")


@final
class Raises(Priced):
    def forward(self, streams, mask):
        raise ValueError("no")


@final
class Shouts(Priced):
    """Writes a million lines."""

    def forward(self, streams, mask):
        sys.stdout.write("line\n" * 100_000)
        sys.stderr.write("line\n" * 100_000)
        return streams.v


@final
class Dies(Priced):
    """Its process is killed in the middle of a training; the audit, of 4 samples, passes."""

    def forward(self, streams, mask):
        if len(streams.v) > 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return streams.v
