"""Tiny models of transformers with random weights, each with an example that it is called with."""

import sys
from types import ModuleType

import pytest
import torch


def _transformers() -> ModuleType:
    """Without torchvision, whose operators are of another build of torch where it is there for its source."""
    before = sys.modules.get("torchvision")
    sys.modules["torchvision"] = None
    try:
        found = pytest.importorskip("transformers")
        found.utils.is_torchvision_available()  # it asks once
    finally:
        del sys.modules["torchvision"]
        if before is not None:
            sys.modules["torchvision"] = before
    return found


transformers = _transformers()

IDS = torch.randint(0, 50, (1, 12), generator=torch.Generator().manual_seed(0))
SMALL = {
    "vocab_size": 50,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}


def gpt2():
    config = transformers.GPT2Config(
        vocab_size=50, n_embd=32, n_layer=2, n_head=4, n_positions=32, bos_token_id=0, eos_token_id=0
    )
    return transformers.GPT2LMHeadModel(config), {"input_ids": IDS}


def llama():
    config = transformers.LlamaConfig(**SMALL, num_key_value_heads=2)
    return transformers.LlamaForCausalLM(config), {"input_ids": IDS}


def bert():
    mask = torch.ones_like(IDS)
    mask[:, 9:] = 0
    return transformers.BertModel(transformers.BertConfig(**SMALL)), {
        "input_ids": IDS,
        "attention_mask": mask,
    }


def vit():
    small = {name: value for name, value in SMALL.items() if name != "vocab_size"}
    config = transformers.ViTConfig(**small, image_size=16, patch_size=4)
    return transformers.ViTForImageClassification(config), {"pixel_values": torch.rand(1, 3, 16, 16)}


def t5():
    config = transformers.T5Config(vocab_size=50, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4)
    return transformers.T5ForConditionalGeneration(config), {
        "input_ids": IDS,
        "decoder_input_ids": IDS[:, :7],
    }


def gpt_oss():
    config = transformers.GptOssConfig(
        **SMALL,
        num_key_value_heads=2,
        head_dim=8,
        num_local_experts=2,
        num_experts_per_tok=1,
        sliding_window=4,
    )
    return transformers.GptOssForCausalLM(config), {"input_ids": IDS}


MODELS = {make.__name__: make for make in (gpt2, llama, bert, vit, t5, gpt_oss)}
CAUSAL = {"gpt2", "llama", "gpt_oss"}
