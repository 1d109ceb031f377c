"""The embedded default: a small procedural world, and the small real model trained on it."""
