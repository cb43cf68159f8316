import sys

from regard.data.text import standard_library

DOCUMENTS = standard_library()


def test_it_has_the_docstrings_of_modules_classes_and_functions():
    found = [text for text in DOCUMENTS if text.startswith("Heap queue algorithm (a.k.a. priority queue).")]
    assert len(found) == 1
    assert found[0].index("Push item onto heap") < found[0].index("Merge multiple sorted inputs")
    assert any("Describe a CSV dialect." in text for text in DOCUMENTS)


def test_there_are_hundreds_of_documents_and_no_tests_among_them():
    assert len(DOCUMENTS) > 300
    assert not any("Tkinter" in text.split("\n")[0] for text in DOCUMENTS)


def test_nothing_of_it_is_executed():
    # the two have side effects that nobody would miss
    assert not {"antigravity", "this"} & set(sys.modules)


def test_it_is_the_same_when_it_is_made_anew(monkeypatch, tmp_path):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path))
    assert standard_library() == DOCUMENTS


def test_where_there_are_no_sources_there_is_no_document(monkeypatch, tmp_path):
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "python311.zip"))
    assert standard_library() == []
