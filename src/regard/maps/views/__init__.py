"""What a person is shown of a model on an example: maps as bytes, and words for positions and answers."""

from regard.maps.views.asked import asked
from regard.maps.views.given import Given
from regard.maps.views.plain import Legend, classes_of, guesses_by, plain_views
from regard.maps.views.result import Choice, lens_of
from regard.maps.views.tokenizer import Tokenizer
from regard.maps.views.trained import Trained

__all__ = [
    "Choice",
    "Given",
    "Legend",
    "Tokenizer",
    "Trained",
    "asked",
    "classes_of",
    "guesses_by",
    "lens_of",
    "plain_views",
]
