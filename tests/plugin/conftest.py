"""As in `tests/krita_plugin`: what a slot raises fails the test."""

from tests.krita_plugin.conftest import no_error_is_lost

__all__ = ["no_error_is_lost"]
