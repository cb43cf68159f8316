"""What a person is shown of a model on an example: maps as bytes, and words for positions and answers."""

from regard.maps.views.asked import asked
from regard.maps.views.result import Choice, lens_of
from regard.maps.views.trained import Trained
from regard.maps.views.view import plain_view

__all__ = ["Choice", "Trained", "asked", "lens_of", "plain_view"]
