"""`regard presets`: bundles of overrides under a name."""

from regard.cli.options import Json


def presets(as_json: Json = False) -> None:
    """List the bundles of settings that `+preset=NAME` says: for a training, or for a search."""
    from regard.cli.console import print_json
    from regard.cli.tables import Column, print_table
    from regard.configuration.overrides import given
    from regard.presets import preset, preset_names, reason

    names = preset_names()
    if as_json:
        print_json({name: {"reason": reason(name), "settings": preset(name)} for name in names})
        return
    told = [f"{reason(name)} {' '.join(given(preset(name)))}" for name in names]
    print_table([Column("preset", names)], Column("what it is for, and what it says", told))
