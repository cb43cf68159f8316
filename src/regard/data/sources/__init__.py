"""Real data: where they lie, what is in them, and the arrays made of them.

IMDB = Source("imdb", hub="stanfordnlp/imdb")
files = find(IMDB, "train", data)             parquet or arrow files, from a folder or the hub
table = read(files, ("text", "label"))        their columns as one pyarrow table
key = content(files)                          what the files hold, as one hash
arrays = cached("imdb", f"{key} 512", make)   memory-mapped arrays, made once by make(writer)
"""

from regard.data.sources.cache import cached
from regard.data.sources.cache_folder import cache_folder
from regard.data.sources.content import content
from regard.data.sources.folder import Source, data_folder, find, find_file, splits_in
from regard.data.sources.layouts import Layout, in_any_layout
from regard.data.sources.tables import batches, class_names, count, read
from regard.data.sources.writer import Writer

__all__ = [
    "Layout",
    "Source",
    "Writer",
    "batches",
    "cache_folder",
    "cached",
    "class_names",
    "content",
    "count",
    "data_folder",
    "find",
    "find_file",
    "in_any_layout",
    "read",
    "splits_in",
]
