"""Numbers as people read them. Every function takes None for a value that does not exist."""

import math

NONE = "–"
"""Stands where there is no value."""

MINUS = "−"


def percent(value: float | None, digits: int = 1) -> str:
    """A share as a percentage: 0.9712 as `97.1 %`. Only a perfect score is written as 100."""
    if value is None:
        return NONE
    while value < 1 and digits < 4 and float(f"{100 * value:.{digits}f}") >= 100:
        digits += 1
    return f"{_plain(100 * value, digits)}\N{NO-BREAK SPACE}%"


def tied(text: str) -> str:
    """A sentence in which no line ends between a number and its percent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def points(value: float | None, digits: int = 1) -> str:
    """A difference of two shares in percentage points, with its sign: 0.012 as `+1.2`."""
    if value is None:
        return NONE
    text = _plain(100 * value, digits)
    return text if text.startswith(MINUS) or float(text) == 0 else f"+{text}"


def distance(value: float) -> str:
    """A distance of two shares in words: 0.01 as `1 point`, 0.005 as `0.5 points`."""
    text = f"{100 * value:g}"
    return f"{text} point" if text == "1" else f"{text} points"


def span(interval: tuple[float, ...] | None, digits: int = 1) -> str:
    """An interval of scores: `96.2 to 98.0`."""
    return NONE if not interval else " to ".join(_plain(100 * end, digits) for end in interval)


def signed_span(interval: tuple[float, ...] | None) -> str:
    """An interval of differences in percentage points: `−0.3 to +1.4`."""
    return NONE if not interval else " to ".join(points(end) for end in interval)


def p_value(p: float | None) -> str:
    """A p value: three decimals, or `< 0.001`."""
    if p is None:
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def count(value: float | None) -> str:
    """A whole number with thin spaces between thousands."""
    return NONE if value is None else f"{round(value):,}".replace(",", "\u202f").replace("-", MINUS)


def counted(number: int, noun: str) -> str:
    """How many there are, with the noun in its number: `1 seed`, `2 seeds`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def short(value: float | None) -> str:
    """A number to three digits with a metric letter: 12 345 678 as `12.3 M`."""
    if value is None:
        return NONE
    size, letter = abs(value), ""
    for bound, name in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        # 999.6 would be written 1000: the next letter takes it
        if size >= 0.9995 * bound:
            value, letter = value / bound, f" {name}"
            break
    return significant(value) + letter


def brief(value: float) -> str:
    """A round number with a metric letter, as an axis writes it: 2 500 000 as `2.5 M`."""
    for bound, name in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= bound:
            return f"{value / bound:.4g} {name}"
    return f"{value:.4g}"


def significant(value: float | None, digits: int = 3) -> str:
    """A number to some digits that count, never in powers of ten between 0.0001 and 10 million."""
    if value is None:
        return NONE
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e7:
        return f"{value:.{digits - 1}e}".replace("-", MINUS, 1) if value < 0 else f"{value:.{digits - 1}e}"
    # rounded first, as 0.9996 has its first digit before the point once it is
    rounded = abs(float(f"{value:.{digits - 1}e}"))
    decimals = max(0, digits - 1 - math.floor(math.log10(rounded)))
    return _plain(value, decimals)


def memory(value: float | None) -> str:
    """Bytes with a binary letter: 1 572 864 as `1.5 MiB`."""
    if value is None:
        return NONE
    for bound, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if value >= bound:
            return f"{significant(value / bound)} {name}"
    return f"{round(value)} B"


def duration(seconds: float) -> str:
    """A time as people say it: `0.43 s`, `40 s`, `3 min`, `2 h 5 min`."""
    if seconds < 100:
        part = 0 < seconds < 10 and seconds != round(seconds)
        return f"{significant(seconds, 2) if part else round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def setting(value: float | None) -> str:
    """A setting such as a learning rate: 0.003 as `0.003`, 0.00001 as `1e-05`."""
    return NONE if value is None else f"{value:g}"


def _plain(value: float, decimals: int) -> str:
    """A number with so many decimals, a true minus sign, and never a negative zero."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)
