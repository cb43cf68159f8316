"""The words every floor speaks: names with options, runs, measurements, errors. Knows no torch."""
