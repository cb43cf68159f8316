"""From a figure's SVG file to the pictures of its panels inside the page.

The page shows every panel by itself, so that panels flow into as many columns as the screen has
room for. Colors become the style sheet's variables, so that the dark page has its own.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from markupsafe import Markup, escape

from regard.pages.canvas import BEHIND, GHOST, INK, MUTED, PAPER, RULE, Box, Drawing
from regard.pages.palette import COLORS

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"

_STYLED, _MEASURED = {"style", "fill", "stroke"}, {"d", "x", "y", "transform", "width", "height"}
_COLOR = re.compile("#[0-9a-f]{6}")
_SPARE = re.compile(r"(\.\d\d)\d+")
"""Digits of a coordinate beyond hundredths of a pixel."""

VARIABLES: Mapping[str, str] = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    GHOST: "var(--ghost)",
    PAPER: "var(--paper)",
    **{color: f"var(--c{i})" for i, color in enumerate(COLORS)},
}


def inline(drawing: Drawing, svg: bytes) -> list[Markup]:
    """One `<svg>` element per panel, sized in the figure's units. Ids begin with the figure's name."""
    root = ET.fromstring(svg)
    _name_apart(root, drawing.name)
    groups = {element.get("id", ""): element for element in root.iter(f"{_SVG}g")}
    clips = _clips(root)
    pictures = []
    for i, panel in enumerate(drawing.panels):
        group = groups[f"{drawing.name}-panel-{i}"]
        if i and f"{drawing.name}-panel-{i}{BEHIND}" in groups:
            first = drawing.panels[0].box
            _share(groups, drawing.name, i, (panel.box.x - first.x, panel.box.y - first.y))
        pictures.append(_picture(_text(group), _used(clips, group), panel.box, panel.alt))
    return pictures


def _name_apart(root: ET.Element, prefix: str) -> None:
    """Make ids and the references to them unique among all pictures of a page."""
    for element in root.iter():
        if "id" in element.attrib:
            element.set("id", f"{prefix}-{element.get('id')}")
        link = element.attrib.pop(_LINK, None)
        if link:
            element.set("href", f"#{prefix}-{link.removeprefix('#')}")
        clip = element.get("clip-path")
        if clip:
            element.set("clip-path", clip.replace("url(#", f"url(#{prefix}-"))


def _share(groups: Mapping[str, ET.Element], name: str, i: int, apart: tuple[float, float]) -> None:
    """Let a panel show what stands behind the first one, so far from it, in place of a copy of its own: with
    a copy in every panel a page would grow with the square of what is drawn."""
    group = groups[f"{name}-panel-{i}{BEHIND}"]
    for child in list(group):
        group.remove(child)
    place = {"x": f"{apart[0]:g}", "y": f"{apart[1]:g}"}
    ET.SubElement(group, f"{_SVG}use", {"href": f"#{name}-panel-0{BEHIND}", **place})


def _clips(root: ET.Element) -> dict[str, ET.Element]:
    return {element.get("id", ""): element for element in root.iter(f"{_SVG}clipPath")}


def _used(clips: Mapping[str, ET.Element], group: ET.Element) -> str:
    """The definitions of the clips that a panel refers to."""
    wanted = {element.get("clip-path", "")[5:-1] for element in group.iter()}
    return "".join(_text(clips[name]) for name in sorted(wanted & clips.keys()))


def _text(element: ET.Element) -> str:
    """An element as the page holds it: no name spaces, short numbers, variables for colors and fonts."""
    for part in element.iter():
        part.tag = part.tag.removeprefix(_SVG)
        for name in _STYLED & part.attrib.keys():
            part.set(name, _styled(part.attrib[name]))
        for name in _MEASURED & part.attrib.keys():
            part.set(name, _SPARE.sub(r"\1", " ".join(part.attrib[name].split())))
    return ET.tostring(element, "unicode")


def _styled(text: str) -> str:
    text = _COLOR.sub(lambda found: VARIABLES.get(found[0], found[0]), text)
    return text.replace("'DejaVu Sans'", "var(--sans)")


def _picture(body: str, clips: str, box: Box, alt: str) -> Markup:
    view = f'viewBox="{box.x:g} {box.y:g} {box.width:g} {box.height:g}"'
    sizes = f'width="{box.width:g}" height="{box.height:g}"'
    opening = f'<svg class="plot" role="img" aria-label="{escape(alt)}" {view} {sizes}>'
    return Markup(f"{opening}<defs>{clips}</defs>{body}</svg>")  # ElementTree escaped the text
