"""Labeled data from outside: where they lie, what is in them, and the arrays made of them.

IMDB = Source("imdb", hub="stanfordnlp/imdb")
files = find(IMDB, "train", data)             parquet or arrow files of a published set, or the hub's
files = own_tables(place)                     the tables of a user's own set, by part
contents = rows_in(files, columns, read)      parts of items with classes, from tables
contents = tree_in(folder, kind, read)        the same from files in one folder per class
key = content(files)                          what the files hold, as one hash
arrays = cached("imdb", f"{key} 512", make)   memory-mapped arrays, made once by make(writer)
"""

from regard.data.sources.cache import cached
from regard.data.sources.cache_folder import cache_folder
from regard.data.sources.content import content
from regard.data.sources.folder import Source, data_folder, find, find_file
from regard.data.sources.labeled_rows import Columns, Files, Rows, rows_in
from regard.data.sources.layouts import Layout, in_any_layout
from regard.data.sources.own_tables import own_tables, place_of_own, refuse_columns, require_columns
from regard.data.sources.part import Contents, Part, PartName
from regard.data.sources.tables import class_names, columns_in, count, rows
from regard.data.sources.tree import FileKind, Tree, part_of, tree_in
from regard.data.sources.visible import files_in, folders_in
from regard.data.sources.writer import Writer

__all__ = [
    "Columns",
    "Contents",
    "FileKind",
    "Files",
    "Layout",
    "Part",
    "PartName",
    "Rows",
    "Source",
    "Tree",
    "Writer",
    "cache_folder",
    "cached",
    "class_names",
    "columns_in",
    "content",
    "count",
    "data_folder",
    "files_in",
    "find",
    "find_file",
    "folders_in",
    "in_any_layout",
    "own_tables",
    "part_of",
    "place_of_own",
    "refuse_columns",
    "require_columns",
    "rows",
    "rows_in",
    "tree_in",
]
