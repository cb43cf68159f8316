"""The tables. They are appended and never edited."""

import sqlite3
import typing
from dataclasses import dataclass
from typing import final

from regard.core.errors import Corrupt
from regard.store.event import EventKind

VERSION = 2
"""Of the tables below and of the descriptions of runs in them, kept in SQLite's `user_version`. A change to
either is a new number, so that a project of another format is refused before anything is added to it."""

APPLICATION = 0x72656761
"""Marks the file as ours in SQLite's `application_id`: the letters rega."""

_KINDS = ", ".join(f"'{kind}'" for kind in typing.get_args(EventKind))


@final
@dataclass(frozen=True)
class Schema:
    """The tables of one kind of file, and the two numbers by which SQLite tells it from others."""

    what: str
    """What such a file is, in a word."""
    application: int
    version: int
    tables: tuple[str, ...]

    def prepare(self, connection: sqlite3.Connection, path: str) -> None:
        """Create the tables in an empty file, or raise `Corrupt` unless they are the ones we know."""
        connection.execute("PRAGMA foreign_keys = ON")
        # survives kill -9; a power cut may take the last seconds, but never the file
        connection.execute("PRAGMA synchronous = NORMAL")
        if _empty(connection):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            if _empty(connection):  # still: another process may have been faster
                for statement in self.tables:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {self.application}")
                connection.execute(f"PRAGMA user_version = {self.version}")
            connection.execute("COMMIT")
        self._check(connection, path)

    def _check(self, connection: sqlite3.Connection, path: str) -> None:
        if _number(connection, "PRAGMA application_id") != self.application:
            message = f"{path} is an SQLite file of another program, not a {self.what}."
            raise Corrupt(f"{message} Choose another project folder.")
        version = _number(connection, "PRAGMA user_version")
        if version != self.version:
            message = (
                f"{path} has version {version} of the {self.what}, and this regard knows version "
                f"{self.version} only. Use the regard that wrote it, or choose another project folder."
            )
            raise Corrupt(message)


def _number(connection: sqlite3.Connection, query: str) -> int:
    return connection.execute(query).fetchone()[0]


def _empty(connection: sqlite3.Connection) -> bool:
    return _number(connection, "SELECT count(*) FROM sqlite_schema") == 0


TABLES = (
    "CREATE TABLE runs (digest TEXT PRIMARY KEY, description TEXT NOT NULL)",
    # The key makes appending repeatable: a resumed run says again what it said after its last checkpoint.
    # A NULL value stands for NaN, which SQLite cannot hold.
    """CREATE TABLE measurements (
        digest TEXT NOT NULL REFERENCES runs, name TEXT NOT NULL, step INTEGER NOT NULL, value REAL,
        PRIMARY KEY (digest, name, step)) WITHOUT ROWID""",
    f"""CREATE TABLE events (
        number INTEGER PRIMARY KEY, digest TEXT NOT NULL REFERENCES runs, time TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ({_KINDS})), detail TEXT NOT NULL)""",
    "CREATE INDEX events_of_run ON events (digest)",
)

STORE = Schema("store", APPLICATION, VERSION, TABLES)
