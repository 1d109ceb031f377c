"""The subject that is being made."""

from dreammix.protocol import Attribute, AttributeKind, DescriberFailure
from dreammix.protocol.attributes import MAX_ATTRIBUTES
from dreammix.protocol.library import UpdateSubject
from dreammix.protocol.services import DescribeSubject
from dreammix_krita.dialogs.teaching.draft import Draft
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.scripted import details, scripted

RED, CLAY = Attribute(AttributeKind.COLOUR, "red"), Attribute(AttributeKind.MATERIAL, "clay")


def loaded(services: Services, name: str = "Pip") -> Draft:
    """A draft of a subject of the library."""
    scripted(services).subjects["pip"] = details("pip", name, pictures=2)
    draft = Draft(services.client, "New subject")
    draft.load("pip", lambda _: None)
    until(lambda: draft.details is not None)
    return draft


def test_words_are_saved_once(services: Services) -> None:
    """What did not change is not sent."""
    draft = loaded(services)
    draft.save()
    draft.name = "  Ted "
    draft.save()
    until(lambda: not draft.turns.busy)
    draft.save()
    assert [body.name for body in scripted(services).of(UpdateSubject)] == ["Ted"]
    assert scripted(services).subjects["pip"].card.name == "Ted"


def test_a_name_that_is_none_is_told(services: Services) -> None:
    """What the protocol refuses is said at once, and the next change goes its way."""
    draft = loaded(services)
    draft.name = "a\u202eb"
    draft.save()
    assert draft.trouble is not None
    draft.name = "ab"
    draft.save()
    until(lambda: not draft.turns.busy)
    assert draft.trouble is None


def test_a_subject_that_nobody_named_has_no_name_to_show(services: Services) -> None:
    """The library's makeshift is not mistaken for the artist's word."""
    assert loaded(services, "New subject").name == ""


def test_suggestions_join_what_is_there(services: Services) -> None:
    """Nothing twice, nothing lost, never too many."""
    draft = loaded(services)
    before = draft.attributes
    scripted(services).suggested = (RED, before[0])
    draft.suggest()
    assert draft.describing
    until(lambda: not draft.describing)
    assert draft.attributes == (*before, RED)


def test_a_describer_that_fails_is_told(services: Services) -> None:
    """And can be asked again."""
    draft = loaded(services)
    error = DescriberFailure("The pictures could not be described", "no answer", "Try again")
    scripted(services).refusals[DescribeSubject] = error
    draft.suggest()
    until(lambda: not draft.describing)
    assert draft.trouble is error


def test_attributes_come_and_go(services: Services) -> None:
    """Each once, and no more than a subject may have."""
    draft = loaded(services)
    before = len(draft.attributes)
    draft.add_attribute(RED)
    draft.add_attribute(RED)
    draft.add_attribute(CLAY)
    draft.remove_attribute(RED)
    assert draft.attributes[before:] == (CLAY,)
    for number in range(MAX_ATTRIBUTES):
        draft.add_attribute(Attribute(AttributeKind.OTHER, f"word {number}"))
    assert len(draft.attributes) == MAX_ATTRIBUTES and draft.trouble is not None
