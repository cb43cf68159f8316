"""Tests of each mechanism; a package, since a task may have the name of a mechanism."""
