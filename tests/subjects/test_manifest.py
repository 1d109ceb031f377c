"""The manifest's parser: it gives a manifest, or one of two errors, whatever it is fed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol import Attribute, AttributeKind, Size, SubjectDamaged, SubjectTooNew
from dreammix.subjects import LoraVersion, Subject, SubjectPicture
from dreammix.subjects.manifest import Manifest, file_name, from_json, note_of, to_json
from dreammix.subjects.subject import FileKind

WORDS = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)
TIMES = st.datetimes().map(lambda it: it.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"))
CONTENTS = st.binary(min_size=1, max_size=20)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """Any subject, with files of a few bytes."""
    files: dict[str, bytes] = {}

    def file(kind: FileKind) -> str:
        content = draw(CONTENTS)
        name = file_name(kind, content)
        files[name] = content
        return name

    pictures = tuple(
        SubjectPicture(
            file(FileKind.PICTURE),
            file(FileKind.MASK) if draw(st.booleans()) else None,
            Size(draw(st.integers(1, 8192)), draw(st.integers(1, 8192))),
        )
        for _ in range(draw(st.integers(0, 3)))
    )
    loras = tuple(
        LoraVersion(
            version=number,
            base=draw(WORDS),
            base_hash=draw(WORDS),
            diffusers=file(FileKind.DIFFUSERS),
            kohya=file(FileKind.KOHYA),
            token=draw(WORDS),
            steps=draw(st.integers(0, 1000)),
            seed=draw(st.integers(0, 1 << 64)),
            created=draw(TIMES),
        )
        for number in sorted(draw(st.sets(st.integers(1, 99), max_size=3)))
    )
    subject = Subject(
        id=draw(st.text("0123456789abcdef", min_size=16, max_size=16)),
        name=draw(WORDS),
        class_word=draw(WORDS),
        attributes=tuple(
            draw(st.lists(st.builds(Attribute, st.sampled_from(AttributeKind), WORDS), max_size=3))
        ),
        pictures=pictures,
        loras=loras,
        active=draw(st.sampled_from([lora.version for lora in loras])) if loras else None,
        favourite=draw(st.booleans()),
        thumbnail=file(FileKind.THUMBNAIL) if pictures else None,
        created=draw(TIMES),
        modified=draw(TIMES),
    )
    return Manifest(subject, {name: note_of(content) for name, content in files.items()})


@given(manifests())
def test_a_manifest_comes_back_as_it_was_written(manifest: Manifest) -> None:
    """Writing and reading lose nothing, in any script."""
    assert from_json(to_json(manifest)) == manifest


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Noise is damage, and the error is one line."""
    with pytest.raises(SubjectDamaged) as caught:
        from_json(data)
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a JSON document."""
    inner: list[tuple[Any, ...]] = []
    if isinstance(content, dict):
        inner = [place for key, value in content.items() for place in places(value, (*path, key))]
    elif isinstance(content, list):
        inner = [place for k, value in enumerate(content) for place in places(value, (*path, k))]
    return [path, *inner] if path else inner


@given(manifests(), st.data())
def test_a_manifest_with_one_value_changed_is_read_or_refused(
    manifest: Manifest, data: st.DataObject
) -> None:
    """Whatever stands in the place of any one value, a checked manifest or a documented error comes out."""
    content = json.loads(to_json(manifest))
    *way, last = data.draw(st.sampled_from(places(content)))
    inside = content
    for key in way:
        inside = inside[key]
    inside[last] = data.draw(JSON)
    try:
        read = from_json(json.dumps(content).encode())
    except (SubjectDamaged, SubjectTooNew):
        return
    assert read.files.keys() == read.subject.files
    assert all(name.startswith(note.sha256[:32]) for name, note in read.files.items())


@given(manifests(), st.data())
def test_a_manifest_with_one_byte_changed_is_read_or_refused(manifest: Manifest, data: st.DataObject) -> None:
    """A flipped byte, or an end too early, gives no other error."""
    text = bytearray(to_json(manifest))
    text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    try:
        from_json(bytes(text[: data.draw(st.integers(0, len(text)))]))
    except (SubjectDamaged, SubjectTooNew) as error:
        assert "\n" not in str(error)


def plain() -> dict[str, Any]:
    """A manifest's content, to be spoilt."""
    picture = file_name(FileKind.PICTURE, b"a")
    small = file_name(FileKind.THUMBNAIL, b"b")
    subject = Subject(
        id="0" * 16,
        name="Pip",
        class_word="cat",
        pictures=(SubjectPicture(picture, None, Size(4, 3)),),
        thumbnail=small,
        created="2031-05-17T09:30:00Z",
        modified="2031-05-17T09:30:00Z",
    )
    content: dict[str, Any] = json.loads(
        to_json(Manifest(subject, {picture: note_of(b"a"), small: note_of(b"b")}))
    )
    return content


@pytest.mark.parametrize("schema", [2, 3, 10**9])
def test_a_manifest_from_the_future_asks_for_an_update(schema: int) -> None:
    """Whatever else it says, a newer schema is no damage."""
    for content in (plain() | {"schema": schema}, {"schema": schema, "unheard": "of"}):
        with pytest.raises(SubjectTooNew, match="Update DreamMix"):
            from_json(json.dumps(content).encode())


Spoil = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda it: it.update(schema=0),
        lambda it: it.update(schema=True),
        lambda it: it.update(more=1),
        lambda it: it["subject"].update(more=1),
        lambda it: it["subject"].pop("name"),
        lambda it: it["subject"].update(name="a\u202eb"),
        lambda it: it["subject"].update(id="../../../../etc"),
        lambda it: it["subject"].update(active=1),
        lambda it: it["subject"].update(favourite=1),
        lambda it: it["subject"].update(created="yesterday"),
        lambda it: it["subject"]["pictures"][0].update(file="../../secret.png"),
        lambda it: it["subject"]["pictures"][0].update(file="/etc/passwd"),
        lambda it: it["subject"]["pictures"][0].update(file=None),
        lambda it: it["subject"]["pictures"][0]["size"].update(width=0),
        lambda it: it["subject"]["pictures"][0]["size"].update(width=50_000, height=50_000),
        lambda it: it["subject"].update(pictures=it["subject"]["pictures"] * 33),
        lambda it: it["subject"].update(attributes=[{"kind": "path", "words": "red"}]),
        lambda it: it["files"].update({"0" * 32 + ".png": {"size": 1, "sha256": "0" * 64}}),
        lambda it: it["files"].popitem(),
        lambda it: next(iter(it["files"].values())).update(size=0),
        lambda it: next(iter(it["files"].values())).update(size=1 << 40),
        lambda it: next(iter(it["files"].values())).update(sha256="0" * 64),
    ],
)
def test_what_a_manifest_may_not_say_is_damage(spoil: Spoil) -> None:
    """Unknown, missing and impossible values are refused, paths of every kind among them."""
    content = plain()
    assert from_json(json.dumps(content).encode()).subject.name == "Pip"
    spoil(content)
    with pytest.raises(SubjectDamaged):
        from_json(json.dumps(content).encode())


@pytest.mark.parametrize(
    "text",
    [
        b'{"schema": 1, "schema": 1}',
        b"[" * 100_000,
        b'{"schema": NaN}',
        b" " * (1 << 18) + b"{}",
        b"\xff",
        b"",
    ],
)
def test_strange_json_is_damage(text: bytes) -> None:
    """Keys that stand twice, bottomless nesting, NaN, too much of it, and what is no text."""
    with pytest.raises(SubjectDamaged):
        from_json(text)
