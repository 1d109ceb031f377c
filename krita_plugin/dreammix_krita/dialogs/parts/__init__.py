"""Widgets that several dialogs are made of. None of them knows the backend, Krita, or a dialog."""
