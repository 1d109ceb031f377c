"""Choosing a describer."""

import subprocess
import sys

import pytest

from dreammix.attributes import ByHand, DescriberKind, DescriberSettings
from dreammix.attributes.choice import choose_describer
from dreammix.protocol import Attribute, AttributeKind, DescriberFailure, InvalidRequest, ModelNotFound


@pytest.mark.parametrize(
    "endpoint",
    [
        "ftp://server/v1",
        "server/v1",
        "https://",
        "https://user:secret@server/v1",
        "https://server/v1?key=secret",
        "https://server/v1#secret",
        "http://server:port/v1",
        "http://[::1",
        "https://ser\nver/v1",
    ],
)
def test_an_endpoint_is_an_address_and_nothing_more(endpoint: str) -> None:
    """What could hold a key, or leads nowhere, is refused, and not repeated."""
    with pytest.raises(InvalidRequest) as caught:
        DescriberSettings(kind=DescriberKind.OPENAI, model="m", endpoint=endpoint)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", [DescriberKind.OPENAI, DescriberKind.LOCAL])
def test_a_model_must_be_named(kind: DescriberKind) -> None:
    """There is no usual model at an endpoint or in a folder."""
    with pytest.raises(InvalidRequest, match="Name a model"):
        DescriberSettings(kind=kind)


def test_by_hand_is_by_hand() -> None:
    """Nothing is described or sent, and edits are matched all the same."""
    describer = choose_describer(DescriberSettings(kind=DescriberKind.BY_HAND))
    assert isinstance(describer, ByHand)
    assert describer.destination is None
    assert describer.describe([], "mug") == ()
    red = Attribute(AttributeKind.COLOUR, "red")
    assert [r.old for r in describer.match("blue", [red])] == ["red"]


def test_a_missing_clip_is_said() -> None:
    """A base model without a CLIP that sees cannot describe."""
    with pytest.raises(DescriberFailure, match="no CLIP"):
        choose_describer(DescriberSettings())


@pytest.mark.parametrize("kind", [DescriberKind.CLIP, DescriberKind.LOCAL])
def test_a_missing_folder_is_said(kind: DescriberKind) -> None:
    """A folder that is none is no model."""
    with pytest.raises(ModelNotFound):
        choose_describer(DescriberSettings(kind=kind, model="/nowhere/at/all"))


def test_the_room_loads_the_standard_library_only() -> None:
    """Importing it loads no torch, no Pillow and no client."""
    code = (
        "import sys, dreammix.attributes\n"
        "print({'torch', 'PIL', 'numpy', 'openai', 'transformers', 'keyring'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
