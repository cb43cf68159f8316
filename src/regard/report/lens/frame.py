"""A page inside another document, such as a notebook."""

from markupsafe import Markup, escape

HEIGHT = 860
"""Of the frame, in pixels: what is below is reached by scrolling."""


def framed(page: str) -> Markup:
    """The same page in a frame that runs its script, lets its pictures be downloaded, and nothing else."""
    return Markup(
        '<iframe srcdoc="{}" sandbox="allow-scripts allow-downloads" title="What attention reads" '
        'style="width: 100%; height: {}px; border: 0"></iframe>'
    ).format(escape(page), HEIGHT)
