"""The frozen recipe of each task, as YAML: what `regard train` and `regard compare` start from."""
