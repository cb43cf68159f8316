"""`regard.lens` and `regard.attention_maps` on models of transformers."""

import json

import pytest
import torch
from foreign_models import CAUSAL, IDS, MODELS, bert, gpt2, gpt_oss, llama, t5, vit
from torch.testing import assert_close

import regard
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.results import LensResult
from regard.maps.exports import for_bertviz

tokenizers = pytest.importorskip("tokenizers")
transformers = pytest.importorskip("transformers")

WORDS = [f" w{i}" for i in range(50)]
SHARING = {"weights", "operator", "contribution"}


class Tokenizer:
    """Words by their numbers."""

    def __call__(self, text, *, return_tensors):
        assert return_tensors == "pt"
        return {"input_ids": torch.tensor([[WORDS.index(f" {word}") for word in text.split()]])}

    def decode(self, token_ids):
        return "".join(WORDS[token] for token in token_ids)


@torch.no_grad()
def plain(model, given):
    return model.eval()(**given)[0]


@pytest.mark.parametrize("name", MODELS)
def test_every_level_that_can_be_had_is_there_and_no_logit_changes(name):
    torch.manual_seed(0)
    model, given = MODELS[name]()
    before = plain(model, given)

    seen = regard.lens(model, given)

    assert len(seen.layers) == (6 if name == "t5" else 2)
    for layer in seen.layers:
        answered = {"relevance"} if seen.logits is not None else set()
        assert set(layer.maps) == SHARING | answered
        assert layer.residual <= 1e-5
        assert_close(layer.maps["weights"], layer.maps["operator"])
        assert layer.refused["influence"] == "Influence is asked of layers of regard.Attention alone."
        if name in CAUSAL:
            assert all(not each.triu(1).any() for each in layer.maps.values())
    assert torch.equal(plain(model, given), before)
    if seen.logits is not None:
        assert (seen.logits - before).abs().max() <= 5e-4


@pytest.mark.parametrize("make", [gpt2, llama])
def test_contributions_of_all_heads_are_what_the_layer_adds(make):
    model, given = make()
    added = []
    part = model.transformer.h[1].attn if make is gpt2 else model.model.layers[1].self_attn
    handle = part.register_forward_hook(lambda _, __, output: added.append(output[0]))

    call = regard.lens(model, given, levels=["operator"]).layers[1].call
    handle.remove()

    bias = part.c_proj.bias if make is gpt2 else 0
    heads = torch.einsum("bhne,bhnec->bnc", call.mixed, call.ways.expand(-1, -1, 12, -1, -1))
    assert_close(heads + bias, added[0], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["gpt2", "llama", "vit", "t5"])
def test_what_each_layer_would_answer_and_what_each_head_is_worth_stand_beside_the_maps(name):
    torch.manual_seed(0)
    model, given = MODELS[name]()

    seen = regard.lens(model, given)

    own = seen.logits.flatten(0, -2)[-1]
    assert_close(seen.beside[-1].last, own)
    assert all(len(each.ablated) == 4 and any(each.ablated) for each in seen.beside)
    if name == "t5":
        assert [isinstance(each.last, str) for each in seen.beside] == [True] * 2 + [False] * 4
    else:
        assert not torch.equal(seen.beside[0].last, own)
    assert_close(plain(model, given), seen.logits)


def test_the_logit_lens_is_the_model_s_own_readout_of_what_stands_behind_a_block():
    torch.manual_seed(0)
    model, given = llama()
    with torch.no_grad():
        first = model.eval()(**given, output_hidden_states=True).hidden_states[1]
        expected = model.lm_head(model.model.norm(first))[0, -1]

    assert_close(regard.lens(model, given).beside[0].last, expected)


def test_a_head_of_a_layer_that_is_called_again_is_switched_off_in_one_call():
    torch.manual_seed(0)
    seen = regard.lens(albert(), {"input_ids": IDS})

    first, second, third = (each.ablated for each in seen.beside)
    assert first != second != third
    assert all(isinstance(each.last, torch.Tensor) for each in seen.beside)


@pytest.mark.parametrize("name", ["gpt2", "llama", "vit"])
def test_maps_are_tried_where_the_model_embeds_each_position(name):
    torch.manual_seed(0)
    model, given = MODELS[name]()
    (told,) = regard.lens(model, given, tried=[given, given]).to_result().models

    assert {curve.level for curve in told.faithfulness.curves} == SHARING | {"relevance", "random"}
    for curve in told.faithfulness.curves:
        assert curve.deletion[0] == pytest.approx(curve.insertion[-1], rel=1e-4)


def test_texts_are_tried_and_models_that_answer_everywhere_are_not():
    tried = ["w1 w2 w3", "w4 w5 w6 w7"]
    seen = regard.lens(gpt2()[0], tried[0], tokenizer=Tokenizer(), tried=tried)
    assert seen.faithfulness.examples == 2

    model, given = MODELS["t5"]()
    untried = regard.lens(model, given, tried=[given, given]).untried
    assert untried.endswith("T5ForConditionalGeneration is none.")
    everywhere = regard.lens(albert(), {"input_ids": IDS}, tried=[{"input_ids": IDS}] * 2)
    assert everywhere.untried == "AlbertForMaskedLM answers at every position, and each reads all others."


def test_relevance_sums_to_what_the_heads_say_to_the_answer():
    model, given = llama()
    seen = regard.lens(model.requires_grad_(False), given, answer=lambda logits: logits[0, 5, 3])

    last = seen.layers[-1]
    assert not last.maps["relevance"][:, 6:].any()
    assert last.maps["relevance"][:, 5].abs().sum() > 0


def test_a_text_is_seen_by_its_words_and_each_answer_beside_the_next_word():
    model, _ = gpt2()

    seen = regard.lens(model, "w3 w1 w4 w1 w5", tokenizer=Tokenizer())
    (view,) = seen.to_result().models[0].views

    assert view.queries == (" w3", " w1", " w4", " w1", " w5")
    assert [answer.truth for answer in view.answers] == [" w1", " w4", " w1", " w5", None]
    best = seen.logits[0, 2].softmax(-1).max()
    assert view.answers[2].guesses[0].share == pytest.approx(best.item())
    assert {"entropy", "previous", "duplicate", "relative distance"} <= set(view.layers[0].metrics)
    assert view.layers[1].rollout is not None
    assert "GPT2Attention" in seen._repr_html_()


def test_an_encoder_and_a_decoder_have_three_views():
    model, given = t5()
    seen = regard.lens(model, given, tokenizer=Tokenizer())
    result = seen.to_result()

    encoder, decoder, cross = result.models[0].views
    assert [view.example for view in (encoder, decoder, cross)] == [
        "the encoder reads itself",
        "the decoder reads itself",
        "the decoder reads the encoder",
    ]
    assert (len(cross.queries), len(cross.keys)) == (7, 12)
    assert cross.queries == decoder.queries and cross.keys == encoder.queries
    assert not encoder.answers and len(cross.answers) == 7
    assert [bool(layer.maps) for layer in encoder.layers] == [True] * 2 + [False] * 4
    assert sum(bool(layer.maps) for layer in cross.layers) == 2
    assert encoder.layers[2].refused["weights"].startswith("This layer reads other positions")
    assert all("previous" not in layer.metrics for layer in cross.layers)
    assert [each.shape for each in for_bertviz(seen.look, role="cross")] == [(1, 4, 7, 12)] * 2
    assert LensResult.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_each_block_answers_by_the_model_s_own_norm_and_head():
    model, given = gpt2()
    (view,) = regard.lens(model, given).to_result().models[0].views

    hidden = model.eval()(**given, output_hidden_states=True).hidden_states[1][0, -1]
    expected = model.lm_head(model.transformer.ln_f(hidden)).softmax(-1).topk(5)
    assert [guess.text for guess in view.layers[0].guesses] == [
        str(each) for each in expected.indices.tolist()
    ]
    assert [guess.share for guess in view.layers[0].guesses] == pytest.approx(expected.values.tolist())


@pytest.mark.parametrize("make", [gpt2, llama, t5, gpt_oss])
def test_heads_are_switched_off_and_the_model_is_as_it_was(make):
    model, given = make()
    before = plain(model, given)
    view = regard.lens(model, given).to_result().models[0].views[-1]

    assert all(len(layer.ablated) == 4 and any(layer.ablated) for layer in view.layers)
    answered = [bool(layer.guesses) for layer in view.layers]
    assert answered == ([False, False, True, True, True, True] if make is t5 else [True, True])
    assert torch.equal(plain(model, given), before)


def test_without_a_head_its_rows_of_the_projection_are_gone():
    model, given = gpt2()
    shares = plain(model, given)[0].softmax(-1)
    first = shares.argmax(-1, keepdim=True)
    (view,) = regard.lens(model, given).to_result().models[0].views

    model.transformer.h[0].attn.c_proj.weight.data[8:16] = 0
    change = (plain(model, given)[0].softmax(-1) - shares).gather(-1, first).mean()
    assert view.layers[0].ablated[1] == pytest.approx(change.item(), abs=1e-6)


def test_a_picture_is_seen_by_its_patches():
    model, given = vit()
    (view,) = regard.lens(model, given).to_result().models[0].views

    assert view.queries[:2] == ("class", "row 1, column 1")
    assert (view.image.rows, view.image.columns, view.image.prefix) == (4, 4, 1)
    assert "class token" in view.layers[0].metrics


def test_what_is_padded_is_not_allowed_to_be_read():
    model, given = bert()
    seen = regard.lens(model, given)

    operator = seen.layers[0].maps["operator"]
    assert seen.layers[0].call.allowed(operator).all(0).tolist() == [True] * 9 + [False] * 3
    assert seen.layers[0].refused["relevance"] == (
        "The model gives no logits, or none that this layer has a part in."
    )


@pytest.mark.parametrize("half", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["gpt2", "llama", "bert", "gpt_oss"])
def test_models_in_half_precision_have_exact_maps_and_their_own_logits(name, half):
    torch.manual_seed(0)
    model, given = MODELS[name]()
    model = model.to(half)
    before = plain(model, given)

    seen = regard.lens(model, given)

    for layer in seen.layers:
        assert layer.residual <= 1e-5
        assert all(each.dtype == torch.float32 for each in layer.maps.values())
        assert str(half).removeprefix("torch.") in layer.outside[0]
    assert torch.equal(plain(model, given), before)


def test_maps_alone_are_one_line():
    model, given = llama()
    maps = regard.attention_maps(model, given)

    assert list(maps) == ["model.layers.0.self_attn", "model.layers.1.self_attn"]
    assert maps["model.layers.0.self_attn"].shape == (4, 12, 12)


def albert():
    config = transformers.AlbertConfig(
        vocab_size=50,
        embedding_size=16,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
    )
    return transformers.AlbertForMaskedLM(config)


def test_a_layer_that_is_called_again_has_maps_of_its_own():
    maps = regard.attention_maps(albert(), {"input_ids": IDS})

    assert len(maps) == 3
    assert list(maps)[2].endswith(", call 3")


def test_what_stands_between_heads_and_output_is_said():
    model, given = llama()
    for layer in model.model.layers:
        layer.self_attn.o_proj = torch.nn.Sequential(layer.self_attn.o_proj, torch.nn.LayerNorm(32))
    layer = regard.lens(model, given).layers[0]

    assert "contribution" not in layer.maps
    assert layer.refused["contribution"] == (
        "The heads enter the output by Sequential, which is no matrix alone."
    )


def test_several_examples_at_once_and_a_text_without_a_tokenizer_are_refused():
    model, _ = gpt2()
    with pytest.raises(InvalidOption, match=r"one example at a time, and 2 were given to transformer\.h\.0"):
        regard.lens(model, {"input_ids": IDS.repeat(2, 1)})
    with pytest.raises(InvalidOption, match="A text needs a tokenizer"):
        regard.lens(model, "w1 w2")


def test_a_kernel_that_cannot_be_asked_again_is_refused_by_name():
    model, given = llama()
    functions = transformers.modeling_utils.ALL_ATTENTION_FUNCTIONS
    functions["flash_of_test"] = functions["sdpa"]
    model.config._attn_implementation = "flash_of_test"
    try:
        with pytest.raises(UnsupportedUse, match=r"model\.layers\.0\.self_attn attends by 'flash_of_test'"):
            regard.lens(model, given)
    finally:
        del functions["flash_of_test"]


def test_a_tokenizer_of_transformers_names_tokens_and_answers():
    vocabulary = {word: place for place, word in enumerate(["[UNK]", "the", "cat", "sat", "on", "mat"])}
    whole = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    whole.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=whole, unk_token="[UNK]")
    config = transformers.GPT2Config(
        vocab_size=6, n_embd=32, n_layer=2, n_head=4, n_positions=32, bos_token_id=0, eos_token_id=0
    )
    model = transformers.GPT2LMHeadModel(config)

    seen = regard.lens(model, "the cat sat on the mat", tokenizer=tokenizer)

    (view,) = seen.to_result().models[0].views
    assert view.queries == ("the", "cat", "sat", "on", "the", "mat")
    assert view.answers[0].truth == "cat"
    assert {guess.text for guess in view.answers[0].guesses} <= set(vocabulary)
    assert next(iter(regard.attention_maps(model, "the mat", tokenizer=tokenizer))) == "transformer.h.0.attn"
