"""What a person is shown of a model on an example: maps as bytes, and words for positions and answers."""
