"""The folder of a run: its description, its checkpoints and its log; a trained model back from it."""
