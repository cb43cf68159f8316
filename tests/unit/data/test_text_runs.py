import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.text import Sharing, repeating, run_hashes

tokens = st.lists(st.integers(0, 2), min_size=0, max_size=60).map(lambda x: np.array(x, np.int64))


@settings(deadline=None, max_examples=100)
@given(tokens, st.integers(1, 20))
def test_runs_have_the_same_hash_where_they_are_equal(text, run):
    hashes = run_hashes(text, run).tolist()
    runs = [tuple(text[i : i + run].tolist()) for i in range(len(text) - run + 1)]
    assert len(hashes) == len(runs)
    assert len(set(zip(hashes, runs, strict=True))) == len(set(hashes)) == len(set(runs))


def test_every_row_has_hashes_of_its_own():
    text = np.random.default_rng(0).integers(0, 9, 40)
    rows = np.stack([text[i : i + 13] for i in range(20)])
    assert (run_hashes(rows, 12) == np.stack([run_hashes(text, 12)[i : i + 2] for i in range(20)])).all()


def test_rows_repeat_a_text_where_a_run_of_theirs_stands_in_it():
    rows = np.array([[1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 6, 7], [9, 9, 9, 9]])
    assert repeating(rows, np.array([7, 2, 3, 4, 6]), 3).tolist() == [True, True, True, False]
    assert repeating(rows, np.array([7, 2, 3, 4, 6]), 4).tolist() == [False] * 4


@settings(deadline=None, max_examples=100)
@given(st.lists(tokens, min_size=1, max_size=8), st.integers(1, 6))
def test_texts_of_two_groups_share_no_run(texts, run):
    sharing = Sharing.of(texts, run)
    runs = [{tuple(text[i : i + run].tolist()) for i in range(len(text) - run + 1)} for text in texts]
    for i in range(len(texts)):
        for j in range(i):
            assert not runs[i] & runs[j] or sharing.groups[i] == sharing.groups[j]
    for group, text in zip(sharing.groups, texts, strict=True):
        rows = [text[i : i + run] for i in range(len(text) - run + 1)]
        assert not rows or (sharing.group_of(np.stack(rows)) == group).all()


def test_texts_are_in_one_group_only_if_there_is_a_chain_of_shared_runs():
    texts = [np.array(list(map(ord, text))) for text in ("abcd", "cdef", "efgh", "ghxx", "dcba")]
    assert Sharing.of(texts, 2).groups.tolist() == [0, 0, 0, 0, 1]
    assert Sharing.of(texts, 3).groups.tolist() == [0, 1, 2, 3, 4]
