"""Mechanisms with one fault each, most of them found in published code, and the sound ones behind them."""
