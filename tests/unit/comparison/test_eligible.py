"""Who can take part is found out before anything is trained."""

import pytest
from by_hand import entries

from regard.comparison import eligible, refuse
from regard.core.entry import Entry
from regard.core.errors import InvalidOption, RegardError, UnknownName, UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.tasks.digits import Digits
from regard.tasks.recall import Recall

SMALL = ModelSettings(layers=1, features=16, heads=2, hidden=16)


def test_on_a_causal_task_only_causal_mechanisms_can_take_part():
    can, cannot = eligible(entries("softmax", "fourier", "linear"), Recall(), SMALL)

    assert tuple(can) == entries("softmax", "linear")
    (out,) = cannot
    assert out.mechanism == "fourier"
    assert "causal" in out.reason


def test_without_that_limit_all_can():
    can, cannot = eligible(entries("softmax", "fourier", "linear"), Digits(), SMALL)

    assert tuple(can) == entries("softmax", "fourier", "linear")
    assert cannot == []


def test_options_that_the_size_does_not_allow_are_found_out():
    too_many = Entry((Spec.of("linformer", rank=10_000),))

    can, cannot = eligible([*entries("softmax"), too_many], Digits(), SMALL)

    assert tuple(can) == entries("softmax")
    assert "rank" in cannot[0].reason


def test_settings_that_need_a_trait_are_found_out():
    alibi = ModelSettings(layers=1, features=16, heads=2, hidden=16, positions="alibi")

    can, cannot = eligible(entries("softmax", "linear"), Digits(), alibi)

    assert tuple(can) == entries("softmax")
    assert "slopes" in cannot[0].reason


def test_a_name_that_does_not_exist_is_nobody_to_leave_out():
    with pytest.raises(UnknownName, match="softmax"):
        eligible(entries("softmx"), Digits(), SMALL)


def test_a_mechanism_that_breaks_is_named_in_one_line(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        "from regard import Mechanism, Traits\n"
        "class Broken(Mechanism):\n"
        "    traits = Traits(source='none', time='n', memory='n', causal=True, padding=True)\n"
        "    def forward(self, streams, mask):\n"
        "        return streams.v[:, :, :, :, 0]\n"
        "    def cost(self, n, m, mask): ...\n"
    )

    with pytest.raises(RegardError, match=r"Broken.* fails on two samples.*IndexError") as refusal:
        eligible(entries(f"{file}:Broken"), Digits(), SMALL)

    assert "\n" not in str(refusal.value)


def test_a_comparison_with_whom_cannot_take_part_is_refused_with_all_their_names(make):
    comparison = make(task=Spec.of("recall"), entries=entries("softmax", "fourier", "linear", "nystrom"))

    with pytest.raises(
        UnsupportedUse, match=r"^fourier cannot take part in recall.*causal.*nystrom."
    ) as refusal:
        refuse(comparison, 1)

    assert "\n" not in str(refusal.value)


def test_a_comparison_that_can_be_done_is_not_refused(make):
    assert refuse(make(), 1) is None


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"task": Spec.of("digit")}, UnknownName, "Did you mean 'digits'"),
        ({"task": Spec.of("digits", shft=1)}, InvalidOption, "Did you mean 'shift'"),
        ({"optimizer": Spec.of("adam")}, UnknownName, "Did you mean 'adamw'"),
        ({"optimizer": Spec.of("adamw", beta3=0.9)}, InvalidOption, "no option 'beta3'"),
        ({"grid": (1e-3, 1e37)}, InvalidOption, "rate must lie between"),
    ],
)
def test_wrong_names_and_options_are_refused(make, change, error, says):
    with pytest.raises(error, match=says):
        refuse(make(**change), 1)


NORMED = {"qk_norm": "rms"}


def test_settings_of_an_entry_decide_whether_it_can_take_part():
    softmax, linear = (Entry.of((Spec(name),), positions="alibi") for name in ("softmax", "linear"))

    can, cannot = eligible([softmax, linear], Digits(), SMALL)

    assert can == [softmax]
    assert cannot[0].mechanism == "linear[positions=alibi]"
    assert "slopes" in cannot[0].reason


@pytest.mark.parametrize(
    ("mechanism", "own"),
    [("uniform", NORMED), ("identity", {"heads": 4}), ("fourier", NORMED)],
)
def test_an_entry_whose_settings_change_nothing_is_no_further_entry(mechanism, own):
    plain, again = Entry((Spec(mechanism),)), Entry.of((Spec(mechanism),), own)

    can, cannot = eligible([plain, again], Digits(), SMALL)

    assert can == [plain]
    assert cannot[0].reason.endswith(f" changes nothing in {mechanism}.")


def test_a_patch_changes_nothing_where_there_are_no_images_whatever_else_changes():
    _, cannot = eligible([Entry.of((Spec("softmax"),), heads=4, patch=4)], Recall(), SMALL)

    assert cannot[0].reason == "model.patch=4 changes nothing in softmax[heads=4]."


@pytest.mark.parametrize(
    "own",
    [
        {"layers": 2},
        {"heads": 4},
        {"key_heads": 1},
        {"projections": "merged"},
        {"absent": "o"},
        NORMED,
        {"output_norm": "layer"},
        {"output_gate": True},
        {"positions": "rotary"},
        {"convolution": 3},
        {"dropout": 0.5},
        {"patch": 4},
        {"pool": "mean"},
    ],
    ids=str,
)
def test_whatever_changes_the_model_can_be_compared(own):
    entry = Entry.of((Spec("softmax"),), own)

    assert eligible([entry], Digits(), SMALL) == ([entry], [])


def test_dropout_of_any_entry_forbids_several_seeds_at_once(make):
    comparison = make(entries=(*entries("softmax"), Entry.of((Spec("softmax"),), dropout=0.5)))

    assert refuse(comparison, 1) is None
    with pytest.raises(InvalidOption, match=r"model\.dropout"):
        refuse(comparison, 2)
