"""Search: which mechanism nobody has thought of is worth a look."""
