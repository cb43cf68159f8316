"""The parts of matplotlib that figures are made of. Nothing else imports matplotlib.

`MPLBACKEND` names a backend for windows or notebooks. Figures of ours need none, but matplotlib refuses to be
imported where the one that is named is not installed, as in a process that a notebook has started. So it is
imported without, and the user's choice is left as it was for the user's own figures.
"""

import os
import sys
from contextlib import suppress

from regard.core.errors import RegardError

_FIRST = "matplotlib" not in sys.modules
_CHOSEN = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib as mpl
except (ValueError, OSError) as error:
    message = f"matplotlib cannot be loaded: {error}. Mend or remove its settings, a file matplotlibrc."
    raise RegardError(message) from error
finally:
    if _CHOSEN is not None:
        os.environ["MPLBACKEND"] = _CHOSEN
if _FIRST and _CHOSEN is not None:
    with suppress(ValueError):  # not installed here
        mpl.rcParams["backend"] = _CHOSEN

from matplotlib import font_manager  # noqa: E402 - after the first import, which must not fail
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.collections import LineCollection  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.ft2font import FT2Font  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402
from matplotlib.ticker import MaxNLocator  # noqa: E402

__all__ = [
    "Axes",
    "FT2Font",
    "Figure",
    "FigureCanvasAgg",
    "LineCollection",
    "MaxNLocator",
    "Rectangle",
    "font_manager",
    "mpl",
]
