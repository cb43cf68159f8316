"""The operations of the language, one file per group. `operation.table` reads this folder."""
