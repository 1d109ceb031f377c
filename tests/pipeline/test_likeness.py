"""A subject is painted as it was learnt, its edit replaces what it should, and the model stays bare."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from dreammix.models.lora import lora_shapes
from dreammix.pipeline import Pipeline
from dreammix.protocol import (
    Attribute,
    AttributeKind,
    InsertRequest,
    InvalidRequest,
    Preview,
    Replacement,
    Result,
    Stage,
    SubjectDamaged,
    SubjectNotFound,
    SubjectUse,
    WrongBase,
)
from dreammix.subjects import Library, LoraFiles
from dreammix.substitution import NOTHING, Substitution

TOKEN = "q"
BROWN = Attribute(AttributeKind.COLOUR, "brown")
CLAY = Attribute(AttributeKind.MATERIAL, "clay")
RED_FOR_BROWN = Replacement(AttributeKind.COLOUR, "brown", "red")


def teach(pipeline: Pipeline, subject: str, *, size: float = 0.3, seed: int = 0, base_hash: str = "") -> None:
    """Give a subject of the pipeline's library a LoRA of noise."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {
        name: size * torch.randn(shape, generator=generator)
        for name, shape in lora_shapes(pipeline.model.unet, 2).items()
    }
    pipeline.library.add_lora(
        subject,
        LoraFiles(diffusers=save(tensors), kohya=save({"kohya": torch.zeros(1)})),
        base=pipeline.model.name,
        base_hash=base_hash or pipeline.model.fingerprint,
        token=TOKEN,
        steps=1,
        seed=seed,
    )


@pytest.fixture
def studio(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """The pipeline, with an empty library of its own."""
    return replace(pipeline, library=Library(tmp_path / "library"))


@pytest.fixture
def pip(studio: Pipeline) -> str:
    """The id of a taught mug, brown and of clay."""
    subject = studio.library.create("Pip", "mug", (BROWN, CLAY)).id
    teach(studio, subject)
    return subject


def result(pipeline: Pipeline, request: InsertRequest) -> Result:
    """What a request for one variant ends with."""
    (found,) = (event for event in pipeline.insert(request) if isinstance(event, Result))
    return found


def of(request: InsertRequest, use: SubjectUse | None, prompt: str = "") -> InsertRequest:
    """The request, for a subject."""
    return replace(request, subject=use, prompt=prompt)


def test_a_subject_is_asked_for_by_its_token_and_class(
    studio: Pipeline, pip: str, request_: InsertRequest
) -> None:
    """Token, class, the edit around it, then the request's own prompt: as if those words had been typed."""
    teach(studio, pip, size=0.0)
    use = SubjectUse(subject=pip, edit="red, with a hat", replacements=())
    typed = result(studio, replace(request_, prompt="a q red mug with a hat, by night"))
    assert result(studio, of(request_, use, "by night")) == typed


def test_what_was_learnt_is_seen_and_leaves_nothing_behind(
    studio: Pipeline, pip: str, request_: InsertRequest
) -> None:
    """The same words give another picture with a subject, and the same as ever without one afterwards."""
    words = replace(request_, prompt="a q mug")
    plain = result(studio, words)
    subject = result(studio, of(request_, SubjectUse(subject=pip)))
    assert subject.layer != plain.layer
    assert result(studio, words) == plain
    assert result(studio, of(request_, SubjectUse(subject=pip))) == subject


def test_inserts_that_take_turns_do_not_see_each_other(
    studio: Pipeline, pip: str, request_: InsertRequest
) -> None:
    """Two subjects and a plain insert, a step of each in turn, are each what they are alone."""
    ted = studio.library.create("Ted", "mug").id
    teach(studio, ted, seed=1)
    requests = [of(request_, SubjectUse(subject=pip)), of(request_, SubjectUse(subject=ted)), request_]
    turns = zip(*(studio.insert(request) for request in requests), strict=True)
    together = list(turns)[-1]
    assert list(together) == [result(studio, request) for request in requests]


def test_the_version_in_use_is_painted(studio: Pipeline, pip: str, request_: InsertRequest) -> None:
    """A second teaching is used at once, and the artist can go back to the first."""
    use = of(request_, SubjectUse(subject=pip))
    first = result(studio, use)
    teach(studio, pip, seed=1)
    assert result(studio, use) != first
    studio.library.update(pip, active=1)
    assert result(studio, use) == first


def test_the_edit_is_matched_with_the_dictionary(studio: Pipeline, pip: str, request_: InsertRequest) -> None:
    """Who does not say what gives way gets it found, and told."""
    found = result(studio, of(request_, SubjectUse(subject=pip, edit="red")))
    assert found.replaced == (RED_FOR_BROWN,)
    assert result(studio, of(request_, SubjectUse(subject=pip))).replaced == ()
    given = SubjectUse(subject=pip, edit="red", replacements=(RED_FOR_BROWN,))
    assert result(studio, of(request_, given)) == found


def test_another_matcher_may_be_asked(studio: Pipeline, pip: str, request_: InsertRequest) -> None:
    """It hears the edit, the dictionary and the class; and nothing where nothing is to be found out."""
    asked = []

    def match(edit: str, attributes: Sequence[Attribute], *, class_word: str) -> tuple[Replacement, ...]:
        asked.append((edit, tuple(attributes), class_word))
        return (RED_FOR_BROWN,)

    studio = replace(studio, match=match)
    use = SubjectUse(subject=pip, edit="rosso")
    assert result(studio, of(request_, use)).replaced == (RED_FOR_BROWN,)
    for quiet in (replace(use, edit=" "), replace(use, replacements=())):
        assert result(studio, of(request_, quiet)).replaced == ()
    assert asked == [("rosso", (BROWN, CLAY), "mug")]


def test_the_strength_reaches_from_nothing_to_everything(
    studio: Pipeline, pip: str, request_: InsertRequest
) -> None:
    """At 0 the old words stay to the bit; halfway is a third picture."""
    use = SubjectUse(subject=pip, edit="red", replacements=(RED_FOR_BROWN,))
    pictures = [
        result(studio, of(request_, replace(use, strength=strength))).layer for strength in (0.0, 0.5, 1.0)
    ]
    unsubstituted = replace(studio, substitution=Substitution(NOTHING, NOTHING))
    assert result(unsubstituted, of(request_, use)).layer == pictures[0]
    assert len({picture.data for picture in pictures}) == 3


def test_each_stage_has_its_own_substitution(studio: Pipeline, pip: str, request_: InsertRequest) -> None:
    """Without it in the global stage, the local one is painted as ever and the end is not."""
    request = of(request_, SubjectUse(subject=pip, edit="red", replacements=(RED_FOR_BROWN,)))

    def seen(substitution: Substitution) -> tuple[Preview, Result]:
        *before, last = replace(studio, substitution=substitution).insert(request)
        local = [event for event in before if isinstance(event, Preview) and event.stage is Stage.LOCAL]
        assert isinstance(last, Result)
        return local[-1], last

    papers, local_only, neither = (
        seen(substitution)
        for substitution in (Substitution(), Substitution(global_=NOTHING), Substitution(NOTHING, NOTHING))
    )
    assert papers[0] == local_only[0] != neither[0]
    assert papers[1] != local_only[1] != neither[1]


def test_a_subject_that_nobody_knows_is_an_error(studio: Pipeline, request_: InsertRequest) -> None:
    """An id of no subject, and a path."""
    for unknown in ("0" * 16, "../pip"):
        with pytest.raises(SubjectNotFound):
            result(studio, of(request_, SubjectUse(subject=unknown)))


def test_a_subject_that_was_not_taught_is_an_error(studio: Pipeline, request_: InsertRequest) -> None:
    """There is nothing to paint it with yet."""
    fresh = studio.library.create("Fresh", "mug").id
    with pytest.raises(InvalidRequest, match="not taught"):
        result(studio, of(request_, SubjectUse(subject=fresh)))


def test_a_subject_of_another_model_is_an_error(studio: Pipeline, pip: str, request_: InsertRequest) -> None:
    """What another model learnt is not put on this one, though it would fit."""
    teach(studio, pip, base_hash="0" * 64)
    with pytest.raises(WrongBase):
        result(studio, of(request_, SubjectUse(subject=pip)))


def test_weights_that_were_altered_are_an_error(studio: Pipeline, pip: str, request_: InsertRequest) -> None:
    """One bit of the subject's file."""
    path = studio.library.lora_path(pip)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(SubjectDamaged):
        result(studio, of(request_, SubjectUse(subject=pip)))


@pytest.mark.parametrize(
    ("edit", "prompt"), [("red, " + "very " * 12 + "old", ""), ("red", "in the snow of " + "long " * 12)]
)
def test_words_that_the_model_would_not_hear_are_refused(
    studio: Pipeline, pip: str, request_: InsertRequest, edit: str, prompt: str
) -> None:
    """Behind the encoders' last token nothing is heard, so nothing may go for it; the rest is named."""
    use = SubjectUse(subject=pip, edit=edit, replacements=(RED_FOR_BROWN,))
    with pytest.raises(InvalidRequest, match="would not hear “"):
        result(studio, of(request_, use, prompt))
