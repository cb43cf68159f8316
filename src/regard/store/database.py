"""One SQLite file, shared by threads and processes: short transactions, and errors that a user can act on."""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, final

from regard.core.errors import Corrupt, RegardError, UnknownName, Unwritable
from regard.store.schema import STORE, Schema

PATIENCE_SECONDS = 30.0
"""How long to wait for another process's transaction. Ours take well under a millisecond."""

_CORRUPT = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT")
_UNWRITABLE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")


@final
class Database:
    """A connection to the file at `path`, closed at the latest when nobody refers to it any more."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()
        self.close = weakref.finalize(self, connection.close)

    @classmethod
    def open(cls, path: Path, schema: Schema = STORE) -> Self:
        """The database at `path`, created if it is missing. Raises `Unwritable` or `Corrupt`."""
        name = str(path)
        log = path.with_name(f"{path.name}-wal")
        if path.is_file() and not os.access(path.parent, os.W_OK) and not log.exists():
            # where no log and no locks can be written, nobody writes: SQLite must be told so
            name = f"{path.absolute().as_uri()}?immutable=1"
        with told(path):
            return cls(path, _patiently(name, schema, time.monotonic() + PATIENCE_SECONDS))

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What a query finds."""
        with self._lock, told(self.path):
            return self._connection.execute(query, values).fetchall()

    def insert(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert all the rows or, where something goes wrong, none."""
        self.insert_together([(statement, rows)])

    def insert_together(self, statements: Iterable[tuple[str, Iterable[tuple[Any, ...]]]]) -> None:
        """Insert the rows of several tables, all of them or none."""
        with self._lock, told(self.path), _transaction(self._connection) as connection:
            for statement, rows in statements:
                connection.executemany(statement, rows)


def _patiently(name: str, schema: Schema, deadline: float) -> sqlite3.Connection:
    """A prepared connection. SQLite does not wait while another process turns logging on: so we do."""
    while True:
        connection = _connect(name)
        try:
            schema.prepare(connection, name)
            return connection
        except sqlite3.OperationalError as error:
            connection.close()
            if not _is(error, _BUSY) or time.monotonic() > deadline:
                raise
        except BaseException:
            connection.close()
            raise
        time.sleep(0.01)


def _connect(name: str) -> sqlite3.Connection:
    return sqlite3.connect(
        name,
        timeout=PATIENCE_SECONDS,
        isolation_level=None,  # transactions begin and end where we say so
        check_same_thread=False,  # a lock keeps the threads apart
        uri=name.startswith("file:"),
    )


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it before us
            connection.execute("ROLLBACK")
        raise


def _is(error: sqlite3.Error, names: tuple[str, ...]) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith(names)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the file into what the user can do about it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        remedy = _remedy(path, error)
        if remedy is None:
            raise
        raise remedy from error


def _remedy(path: Path, error: sqlite3.Error) -> RegardError | None:
    if _is(error, _CORRUPT):
        return Corrupt(f"{path} cannot be read as a store ({error}). Restore a copy, or move it away.")
    if _is(error, _UNWRITABLE):
        return Unwritable(
            f"{path} cannot be written ({error}). Free some space or allow writing there, "
            f"or choose another project folder. What was written before is safe."
        )
    if _is(error, _BUSY):
        return Unwritable(
            f"{path} has been locked by another process for {PATIENCE_SECONDS:.0f} seconds. "
            f"End that process and give the same command again."
        )
    if _is(error, ("SQLITE_CONSTRAINT_FOREIGNKEY",)):
        return UnknownName(f"{path} holds no run of that digest. Add the run first.")
    if isinstance(error, sqlite3.OperationalError):  # tables or columns that are not ours, text that is none
        return Corrupt(f"{path} cannot be read as a store ({error}). Restore a copy, or move it away.")
    return None
