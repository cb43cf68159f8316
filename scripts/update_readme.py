"""Copy what each mechanism supports from docs/conformance.md into the README; part of `make docs`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = re.compile(r"(<!-- matrix: [^>]*-->\n).*(<!-- end of matrix -->)", re.DOTALL)


def section(page: str, heading: str) -> str:
    """What stands below a heading of the page, up to the next one."""
    return page.partition(f"## {heading}\n")[2].partition("\n## ")[0].strip()


def matrix(page: str) -> str:
    """What each mechanism supports."""
    return section(page, "What each mechanism supports")


if __name__ == "__main__":
    readme = ROOT / "README.md"
    found = matrix((ROOT / "docs" / "conformance.md").read_text("utf-8"))
    readme.write_text(
        PLACE.sub(lambda place: f"{place[1]}\n{found}\n\n{place[2]}", readme.read_text("utf-8")), "utf-8"
    )
