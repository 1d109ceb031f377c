"""How models are taught where nobody says otherwise."""

from dreammix.models.usual import usual_settings
from dreammix.protocol import RegularKind, TeachSettings


def test_a_model_is_taught_as_in_the_paper_unless_it_has_its_own_way() -> None:
    """The sandbox has; others are taken for SDXL's kind."""
    assert usual_settings("sdxl") == TeachSettings()
    own = usual_settings("sandbox")
    assert own.rate > TeachSettings().rate
    assert own.regular is RegularKind.DESCRIBED
