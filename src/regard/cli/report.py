"""`regard report`: a page from what is stored."""

from regard.cli.options import Folder, Json


def report(folder: Folder, as_json: Json = False) -> None:
    """Write report.html from a project folder, with PNG and SVG of each figure beside it."""
    from regard.cli.console import print_json, say
    from regard.cli.signs import working
    from regard.commands.report import report as written
    from regard.store import Store

    with working("Drawing the page"):
        store, _ = Store.resolve(folder)
        with store:
            page = written(store.folder)
    if as_json:
        print_json({"report": str(page)})
    else:
        say(f"The page: {page}")
