"""What is read off models and scores: intervals and tests, convergence, cost. Statistics need no torch."""
