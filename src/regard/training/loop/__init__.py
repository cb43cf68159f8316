"""The loop: when to stop, measure and write checkpoints, and how far a training has come."""
