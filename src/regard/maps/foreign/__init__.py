"""Attention of other libraries: what it was given while a model ran, without a change of the model.

A call is kept with a way to run it again for other values, so that its map is found as any other is: by what
one-hot values become. Masks, biases, sinks and caps of scores are then those of the call itself.
"""
