"""Mechanisms that a user could have written, and what befalls those who run them."""

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import final

import torch

from regard.attention import Cost, Mechanism, Size, Traits

TRAITS = Traits(source="none", time="n", memory="n")


class Priced(Mechanism):
    """Costs nothing."""

    traits = TRAITS

    def cost(self, n, m, mask=None):
        return Cost(matmul_flops=0, state_numbers=0)


@final
class Fine(Priced):
    """Hands the values on."""

    def forward(self, streams, mask):
        return streams.v


@final
class Slow(Priced):
    """Takes its time, and says that it has been reached."""

    def __init__(self, size: Size, *, seconds: float, trace: str = "") -> None:
        super().__init__(size)
        self.seconds, self.trace = seconds, trace

    def forward(self, streams, mask):
        if self.trace:
            Path(self.trace).touch()
        time.sleep(self.seconds)
        return streams.v


@final
class Raises(Priced):
    """Fails as long as there is no file `unless`."""

    def __init__(self, size: Size, *, unless: str = "never") -> None:
        super().__init__(size)
        self.unless = unless

    def forward(self, streams, mask):
        if not Path(self.unless).exists():
            raise ValueError("the first line\nand the second")
        return streams.v


@final
class Unborn(Priced):
    """Cannot be built."""

    def __init__(self, size: Size) -> None:
        raise ValueError("not to be built")

    def forward(self, streams, mask):
        return streams.v


@final
class Diverges(Priced):
    """Is not a number."""

    def forward(self, streams, mask):
        return streams.v * torch.nan


@final
class Ends(Priced):
    """Ends its process, in one of several ways."""

    def __init__(self, size: Size, *, how: str) -> None:
        super().__init__(size)
        self.how = how

    def forward(self, streams, mask):
        match self.how:
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "crash":
                ctypes.string_at(0)
            case "status":
                os._exit(7)
            case "well":
                os._exit(0)
            case "exit":
                raise SystemExit(3)
            case "memory":
                raise MemoryError
            case "deaf":
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
                time.sleep(600)
        return streams.v


@final
class Meddles(Priced):
    """Changes whatever a process has."""

    def forward(self, streams, mask):
        torch.set_default_dtype(torch.float64)
        torch.set_flush_denormal(True)
        torch.backends.mkldnn.enabled = False
        for enable in ("flash", "math", "mem_efficient"):
            getattr(torch.backends.cuda, f"enable_{enable}_sdp")(enable == "math")
        torch.nn.functional.gelu = torch.nn.functional.relu
        torch.manual_seed = lambda seed: None
        os.environ["OMP_NUM_THREADS"] = "3"
        os.chdir("/")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return streams.v
