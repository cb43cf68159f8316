"""The tables of a search. They are appended and never edited."""

from regard.store.schema import Schema

SEARCH = Schema(
    "search",
    application=0x73656172,  # the letters sear
    version=2,
    tables=(
        "CREATE TABLE description (text TEXT NOT NULL)",
        # told: how many times the strategy had been told something when the candidate was born
        """CREATE TABLE candidates (
            number INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, genome TEXT NOT NULL,
            parents TEXT NOT NULL, operator TEXT NOT NULL, told INTEGER NOT NULL, time TEXT NOT NULL)""",
        # what was drawn in the place of a candidate: equal to another one, or refused by a rule
        """CREATE TABLE refusals (
            number INTEGER NOT NULL, draw INTEGER NOT NULL, operator TEXT NOT NULL, twin INTEGER,
            reason TEXT NOT NULL, PRIMARY KEY (number, draw)) WITHOUT ROWID""",
        """CREATE TABLE audits (
            number INTEGER PRIMARY KEY, costs TEXT, reason TEXT NOT NULL, seconds REAL NOT NULL)""",
        """CREATE TABLE scores (
            subject TEXT NOT NULL, rung INTEGER NOT NULL, proxy TEXT NOT NULL, seed INTEGER NOT NULL,
            score REAL, reason TEXT NOT NULL, seconds REAL NOT NULL, time TEXT NOT NULL,
            PRIMARY KEY (subject, rung, proxy, seed)) WITHOUT ROWID""",
        # probability: with which a candidate was promoted from the first rung
        """CREATE TABLE decisions (
            number INTEGER PRIMARY KEY, probability REAL NOT NULL, promoted INTEGER NOT NULL)""",
        """CREATE TABLE judgments (
            turn INTEGER NOT NULL, number INTEGER NOT NULL REFERENCES candidates, losses TEXT,
            violation REAL NOT NULL, repeats INTEGER NOT NULL, reason TEXT NOT NULL, time TEXT NOT NULL,
            PRIMARY KEY (turn, number)) WITHOUT ROWID""",
    ),
)
