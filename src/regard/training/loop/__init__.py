"""The loop: when to stop, measure and keep, and where a training stands."""
