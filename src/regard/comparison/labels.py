"""What entries of a comparison are called."""

from collections.abc import Iterable, Mapping

from regard.core.entry import Entry
from regard.core.phrase import phrase
from regard.core.spec import Spec
from regard.core.user_file import short
from regard.mechanisms import labels
from regard.optimizers import OPTIMIZERS


def label_of(entry: Entry) -> str:
    """What an entry is called: its mechanisms with the options that are not default, and in brackets the
    settings of the model in which it differs from the comparison's: `softmax[qk_norm=rms]`.
    """
    return labels_of([entry])[entry]


def labels_of(entries: Iterable[Entry]) -> dict[Entry, str]:
    """What entries are called beside one another: two files' classes of one name by their files too, as in
    `first.mine.Mine` and `second.mine.Mine`.
    """
    entries = list(entries)
    called = labels(spec for entry in entries for spec in entry.mechanisms)
    return {entry: _label(entry, called) for entry in entries}


def _label(entry: Entry, called: Mapping[Spec, str]) -> str:
    # an empty text is shown as one
    own = ", ".join(f"{name}={value if value != '' else repr(value)}" for name, value in entry.model)
    layers = "+".join(called[spec] for spec in entry.mechanisms)
    return (_optimizer_label(entry.optimizer) or layers) + (f"[{own}]" if own else "")


def _optimizer_label(spec: Spec | None) -> str:
    """Of an entry with an optimizer of its own, which is what it is compared for: with what is no default."""
    if spec is None:
        return ""
    usual = OPTIMIZERS.options(spec.name)
    changed = {name: value for name, value in spec.options if value != usual[name].default}
    return short(spec.name) + (f"({phrase(changed)})" if changed else "")
