"""Copy the support matrix from docs/conformance.md into the README; part of `make docs`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADING = "## What each mechanism supports"
PLACE = re.compile(r"(<!-- support: [^>]*-->\n).*(<!-- end of support -->)", re.DOTALL)


def support_matrix(page: str) -> str:
    """The section of the page below its heading, up to the next one."""
    return page.partition(HEADING)[2].partition("\n## ")[0].strip()


if __name__ == "__main__":
    readme = ROOT / "README.md"
    matrix = support_matrix((ROOT / "docs" / "conformance.md").read_text("utf-8"))
    readme.write_text(PLACE.sub(rf"\1\n{matrix}\n\n\2", readme.read_text("utf-8")), "utf-8")
