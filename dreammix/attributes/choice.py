"""Makes the describer that the settings choose; what it needs is imported only then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dreammix.attributes.describer import ByHand, Describer, DescriberKind, DescriberSettings
from dreammix.attributes.matching import Similarity
from dreammix.attributes.vocabulary import COMMON
from dreammix.attributes.zero_shot import ClipDescriber, Sight
from dreammix.protocol import Attribute, DescriberFailure


def choose_describer(
    settings: DescriberSettings,
    *,
    sight: Sight | None = None,
    vocabulary: Sequence[Attribute] = COMMON,
    similarity: Similarity | None = None,
    device: str = "cpu",
) -> Describer:
    """The describer that the settings name.

    Args:
        sight: clip without a model of its own: the base model's CLIP.
        vocabulary: clip: the words that it chooses from.
        similarity: for words of an edit that no list holds; not for openai.
        device: where a local model runs.

    Raises:
        DescriberFailure: a package or the CLIP is missing, or a key would travel unencrypted.
        ModelNotFound, ModelDamaged: there is no such model, or it cannot be loaded.
    """
    if settings.kind is DescriberKind.BY_HAND:
        return ByHand(similarity)
    try:
        if settings.kind is DescriberKind.OPENAI:
            from dreammix.attributes.endpoint import OpenAIDescriber

            return OpenAIDescriber(settings)
        if settings.kind is DescriberKind.LOCAL:
            from dreammix.attributes.local import LocalDescriber

            return LocalDescriber(Path(settings.model), device, similarity)
        if settings.model:
            from dreammix.attributes.encoders import ClipSight

            return ClipDescriber(ClipSight(Path(settings.model), device), vocabulary, similarity)
    except ImportError as error:
        raise DescriberFailure(
            f"The describer {settings.kind} cannot be used",
            f"the package {error.name} is not installed",
            "Install dreammix[vlm], or choose another describer",
        ) from error
    if sight is None:
        raise DescriberFailure(
            "There is no CLIP to describe with",
            "the base model brings none that sees pictures",
            "Name the folder of one, choose another describer, or write the attributes yourself",
        )
    return ClipDescriber(sight, vocabulary, similarity)
