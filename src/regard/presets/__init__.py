"""Settings of whole commands as YAML, chosen by `+preset=NAME`; what is said beside it counts more."""
