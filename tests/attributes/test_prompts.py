"""Prompts in ADM's form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreammix.attributes import COMMON, described_prompt, edit_prompt, identity_prompt, regular_prompts
from dreammix.protocol import Attribute, AttributeKind

PIP = (
    Attribute(AttributeKind.COLOUR, "dark red"),
    Attribute(AttributeKind.MATERIAL, "clay"),
    Attribute(AttributeKind.ACCESSORY, "bow"),
    Attribute(AttributeKind.OTHER, "big eyes"),
)
words = st.text("bcdfghjklm ", min_size=1, max_size=12).filter(str.strip)
"""Without vowels: "be" and "a" would be left out, as they say nothing."""
attributes = st.lists(
    st.builds(Attribute, st.sampled_from(list(AttributeKind)), words), max_size=8, unique=True
)


def test_the_identity_prompt_says_nothing_else() -> None:
    """Token and class, after an article that fits."""
    assert identity_prompt("sks", "mug") == "a sks mug"
    assert identity_prompt("olis", "mug") == "an olis mug"


@pytest.mark.parametrize(
    ("edit", "prompt"),
    [
        ("", "a sks mug"),
        ("blue, with a hat", "a sks blue mug with a hat"),
        ("red, made of glass", "a sks red mug made of glass"),
        ("a hat, glass, striped", "a sks glass striped mug with a hat"),
        ("with a hat, made of glass, blue", "a sks blue mug, with a hat, made of glass"),
        ("remove the hat", "a sks mug"),
        ("blue, without a hat", "a sks blue mug"),
        ("replace the stripes with dots", "a sks mug with dots"),
    ],
)
def test_an_edit_stands_on_both_sides_of_the_class(edit: str, prompt: str) -> None:
    """Adjectives before it, phrases after it, as the sandbox's captions word it."""
    assert edit_prompt("sks", "mug", edit) == prompt


@given(st.text(max_size=80))
def test_any_edit_makes_a_prompt_of_one_line(edit: str) -> None:
    """Whatever is typed: one line of single spaces that begins with token and names the class after it."""
    prompt = edit_prompt("sks", "mug", edit)
    assert prompt.startswith("a sks ")
    assert "mug" in prompt.replace(",", " ").split()
    assert prompt == " ".join(prompt.split())


def test_regular_prompts_mix_own_and_other_words() -> None:
    """The subject's attributes stand beside others, with and without each other."""
    prompts = regular_prompts(PIP, "mug", "sks", 60, seed=1)
    said = {attribute for prompt in prompts for attribute in prompt.attributes}
    assert set(PIP) <= said
    assert len(said & set(COMMON)) > len(COMMON) // 2
    assert any(PIP[0] in p.attributes and PIP[1] not in p.attributes for p in prompts)


def test_the_form_is_the_papers() -> None:
    """Every prompt reads "a [token] [attributes] [class] [attributes]", on both sides something at times."""
    prompts = regular_prompts(PIP, "mug", "sks", 60, seed=2)
    assert all(re.fullmatch(r"a sks (?:[a-z ]+ )?mug(?:,? [a-z, ]+)?", p.personal) for p in prompts)
    assert any(re.search(r"sks [a-z ]+ mug,? [a-z]+", p.personal) for p in prompts)


@given(attributes, st.integers(0, 12), st.integers(0, 2**32))
def test_twins_differ_by_the_token_alone(dictionary: list[Attribute], count: int, seed: int) -> None:
    """As many as asked for; a plain twin is its personal prompt without the token, but for the article."""
    prompts = regular_prompts(dictionary, "mug", "sks", count, seed)
    assert len(prompts) == count
    for prompt in prompts:
        assert prompt.personal.split()[:2] == ["a", "sks"]
        assert prompt.personal.split()[2:] == prompt.plain.split()[1:]
        assert all(word in prompt.plain for a in prompt.attributes for word in a.words.split())
        assert len({a.kind for a in prompt.attributes}) == len(prompt.attributes)


@given(attributes, st.integers(0, 2**32))
def test_a_description_says_what_is_most_visible(seen: list[Attribute], seed: int) -> None:
    """The first of each kind, and of a kind nothing else."""
    first: dict[AttributeKind, Attribute] = {}
    for attribute in seen:
        first.setdefault(attribute.kind, attribute)
    said = described_prompt("sks", "mug", seen, seed)
    assert said.startswith("a sks ")
    assert said == described_prompt("sks", "mug", list(first.values()), seed)
    assert all(word in said for a in first.values() for word in a.words.split())


def test_a_description_of_nothing_is_the_subject() -> None:
    """What shows no attribute is the thing as it is."""
    assert described_prompt("sks", "mug", [], 0) == identity_prompt("sks", "mug")


def test_the_seed_decides() -> None:
    """The same seed gives the same prompts, another gives others."""
    first = regular_prompts(PIP, "mug", "sks", 8, seed=3)
    assert first == regular_prompts(PIP, "mug", "sks", 8, seed=3)
    assert first != regular_prompts(PIP, "mug", "sks", 8, seed=4)


def test_prompts_repeat_only_when_all_have_come() -> None:
    """One attribute makes at most a few prompts: each comes before one comes again."""
    prompts = [p.plain for p in regular_prompts(PIP[:1], "mug", "sks", 9, seed=5, vocabulary=())]
    distinct = list(dict.fromkeys(prompts))
    assert set(distinct) == {"a dark red mug", "a mug", "a mug in dark red"}
    assert prompts == (distinct * 3)[:9]
