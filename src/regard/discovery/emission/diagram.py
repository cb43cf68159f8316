"""A graph as a picture: its nodes in layers, from the streams above to the output below."""

from html import escape

from regard.discovery.language.graph import Graph
from regard.discovery.language.terms import Term
from regard.discovery.language.types import PAIRS

WIDTH, HEIGHT, GAP, DROP = 132, 34, 18, 40
"""Of a node, and the space beside and below it, in pixels."""

COLORS = {"tokens": "#dbe9f6", "pairs": "#fbe3d0", "state": "#e2f0dc"}
"""By what a node computes: numbers of positions, of pairs, or a memory."""


def diagram(graph: Graph) -> str:
    """An SVG. What a node computes is in its color, and its operation and type are in words."""
    depth: dict[Term, int] = {}
    for node in graph.nodes:
        depth[node] = 1 + max((depth[each] for each in node.inputs), default=-1)
    layers: list[list[Term]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in graph.nodes:
        layers[depth[node]].append(node)
    widest = max(map(len, layers))
    places = {
        node: _place(i, row, len(layer), widest)
        for row, layer in enumerate(layers)
        for i, node in enumerate(layer)
    }
    width, height = widest * (WIDTH + GAP) + GAP, len(layers) * (HEIGHT + DROP)
    lines = [_line(places[each], places[node]) for node in graph.nodes for each in node.inputs]
    boxes = [_box(node, *places[node]) for node in graph.nodes]
    title = escape(graph.label)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12" role="img"><title>{title}</title>'
        f"{''.join(lines)}{''.join(boxes)}</svg>"
    )


def _place(i: int, row: int, count: int, widest: int) -> tuple[int, int]:
    left = GAP + (widest - count) * (WIDTH + GAP) // 2
    return left + i * (WIDTH + GAP), 4 + row * (HEIGHT + DROP)


def _line(above: tuple[int, int], below: tuple[int, int]) -> str:
    x, y, u, v = above[0] + WIDTH // 2, above[1] + HEIGHT, below[0] + WIDTH // 2, below[1]
    half = (y + v) // 2
    return f'<path d="M{x} {y}C{x} {half} {u} {half} {u} {v}" fill="none" stroke="#777"/>'


def _box(node: Term, x: int, y: int) -> str:
    color = COLORS["pairs" if node.type.kind in PAIRS else "state" if node.type.kind == "state" else "tokens"]
    constants = "".join(f" {value:g}" for _, value in node.constants)
    return (
        f"<g><title>{escape(node.operation.says)}</title>"
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" '
        f'rx="6" fill="{color}" stroke="#777"/><text x="{x + WIDTH // 2}" y="{y + 14}" text-anchor="middle">'
        f'{escape(node.name + constants)}</text><text x="{x + WIDTH // 2}" y="{y + 28}" text-anchor="middle" '
        f'font-size="10" fill="#555">{escape(str(node.type))}</text></g>'
    )
