"""From a graph to tensors: programs that run, and files that need no regard."""
