import pytest
import torch

from regard.core.errors import InvalidOption
from regard.training.parts.device import fabric_for

without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed", "64-true"])
def test_the_cpu_is_always_there(precision, capfd):
    assert fabric_for("cpu", precision).device.type == "cpu"
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_auto_finds_something():
    assert fabric_for("auto", "32-true").device.type in ("cpu", "cuda", "mps")


def test_an_unknown_device_gets_the_nearest_name():
    with pytest.raises(InvalidOption, match=r"no device 'cdua'\. Did you mean 'cuda'"):
        fabric_for("cdua", "32-true")


@pytest.mark.parametrize("device", ["cpu:x", "cpu:-1", "cuda:999", "", ":0"])
def test_a_malformed_device_is_refused(device):
    with pytest.raises(InvalidOption):
        fabric_for(device, "32-true")


def test_a_second_processor_is_refused():
    with pytest.raises(InvalidOption, match="this machine has 1 of kind cpu"):
        fabric_for("cpu:1", "32-true")


@without_gpu
def test_a_missing_gpu_is_refused_rather_than_replaced():
    with pytest.raises(InvalidOption, match=r"this machine has 0 of kind cuda\. Use device=auto"):
        fabric_for("cuda", "32-true")


def test_half_precision_on_the_cpu_is_refused_rather_than_replaced():
    with pytest.raises(InvalidOption, match="16-mixed needs a GPU"):
        fabric_for("cpu", "16-mixed")
