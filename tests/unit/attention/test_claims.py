import pytest

from regard.attention import Mask, Mechanism, Size, Stream, Streams, Traits
from regard.attention.claims import claims
from regard.mechanisms import MECHANISMS

SIZE = Size(heads=2, key_features=4, value_features=3, length=32)


def of(name, **options):
    return claims(MECHANISMS.build(name, SIZE, **options))


def test_every_trait_is_there_as_a_plain_value():
    told = of("softmax")

    assert told["source"].startswith("Vaswani")
    assert (told["causal"], told["needs_grid"], told["time"]) == (True, False, "n^2")
    assert all(isinstance(value, str | bool) for value in told.values())


def test_options_change_what_is_claimed():
    assert of("performer")["ties"].startswith("softmax (features -> infinity")
    assert of("performer", kernel="relu")["ties"] == "none"


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("softmax", "q, k, v"),
        ("identity", "v"),
        ("uniform", "q (places only), v"),
        ("delta", "q, k, v, beta (1 per head and key)"),
        ("gated", "q, k, v, gate (3 per head and query)"),
        ("msa", "q, k, v, index_q (16 per group and query), index_k (16 per key)"),
    ],
)
def test_streams_beyond_q_k_and_v_are_told_with_their_numbers(name, streams):
    assert of(name)["streams"] == streams


class Shared(Mechanism):
    traits = Traits(source="this test", time="n", memory="n")

    def streams(self):
        return Streams(v=self.size.e, index=Stream(7, shared=True))

    def forward(self, streams, mask): ...

    def cost(self, n, m, mask=Mask()): ...


def test_a_stream_that_heads_share_is_told_so():
    assert claims(Shared(SIZE))["streams"] == "v, index (7 per key)"
