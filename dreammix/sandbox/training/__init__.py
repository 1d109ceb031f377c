"""Trains the sandbox model from nothing: `python -m dreammix.sandbox.training`."""
