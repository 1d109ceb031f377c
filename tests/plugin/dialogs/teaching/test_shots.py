"""A subject's pictures on their way into the library."""

from pathlib import Path

from dreammix.protocol import InvalidPicture, InvalidSubject, Picture
from dreammix.protocol.library import AddPictures, CreateSubject, RemovePicture, SetMask
from dreammix.protocol.payloads import MAX_SUBJECT_PICTURES
from dreammix_krita.dialogs.teaching.draft import CLASS_TO_COME, Draft
from dreammix_krita.dialogs.teaching.shots import Shots, Stage
from dreammix_krita.qt import QtGui
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.canvas.fake import FakeDocument, region
from tests.plugin.dialogs.scripted import SIZE, canvas_of, details, painted, png, scripted
from tests.plugin.dialogs.teaching.test_sources import PLACE

BAD = InvalidPicture("The picture cannot be read", "it is cut off", "Choose another")


def shots_of(services: Services) -> Shots:
    """No picture yet."""
    return Shots(services.client, services.canvas, Draft(services.client, "New subject"))


def add(shots: Shots, count: int) -> None:
    """So many pictures, until they stand somewhere."""
    before = len(shots.shots)
    for number in range(count):
        shots.add_image(painted(40 * number), f"{before + number}")
    settle(shots)


def settle(shots: Shots) -> None:
    """Until nothing is on its way."""
    until(lambda: all(shot.stage in (Stage.READY, Stage.BAD) for shot in shots.shots))


def test_the_first_picture_makes_the_subject_and_the_others_join_it(services: Services) -> None:
    """Nothing is lost if Krita ends now: the subject is in the library."""
    shots = shots_of(services)
    add(shots, 3)
    client = scripted(services)
    assert [body.class_word for body in client.of(CreateSubject)] == [CLASS_TO_COME]
    assert len(client.of(AddPictures)) == 2
    assert [(body.picture, body.mask) for body in client.of(SetMask)] == [(0, None), (1, None), (2, None)]
    assert shots.ready == 3 and all(shot.mask is not None for shot in shots.shots)


def test_a_bad_picture_has_its_reason_and_keeps_no_other_away(services: Services) -> None:
    """It stays in the list, is not in the library, and the next one gets the place behind the first."""
    shots = shots_of(services)
    add(shots, 1)
    scripted(services).refusals[AddPictures] = BAD
    add(shots, 2)
    first, bad, last = shots.shots
    assert (bad.stage, bad.trouble, bad.held) == (Stage.BAD, BAD, False)
    assert first.held and last.held
    assert [body.picture for body in scripted(services).of(SetMask)] == [0, 1]


def test_a_bad_picture_can_be_sent_again(services: Services) -> None:
    """After a lost connection it is not given anew."""
    shots = shots_of(services)
    scripted(services).refusals[Picture] = BAD
    add(shots, 1)
    shots.send_again(shots.shots[0].number)
    settle(shots)
    assert shots.ready == 1


def test_a_picture_that_comes_late_has_the_last_place(services: Services) -> None:
    """In the library it is behind those that were sent meanwhile: its mask must not become theirs."""
    shots = shots_of(services)
    scripted(services).refusals[Picture] = BAD
    add(shots, 3)
    late = shots.shots[0].number
    shots.send_again(late)
    settle(shots)
    assert [body.picture for body in scripted(services).of(SetMask)] == [0, 1, 2]
    assert shots.shots[-1].number == late


def test_a_mask_that_is_not_found_is_the_pictures_reason(services: Services) -> None:
    """The picture is held: its mask can be corrected."""
    shots = shots_of(services)
    scripted(services).refusals[SetMask] = InvalidSubject("Nothing was found", "all looks alike", "Select it")
    add(shots, 1)
    (shot,) = shots.shots
    assert shot.held and shot.trouble is not None and shot.trouble.what == "Nothing was found"
    shots.find_mask(shot.number)
    settle(shots)
    assert shots.ready == 1


def test_a_removed_picture_is_taken_out_by_its_place_in_the_library(services: Services) -> None:
    """A bad one before it does not count."""
    shots = shots_of(services)
    scripted(services).refusals[Picture] = BAD
    add(shots, 3)
    for number in [shot.number for shot in shots.shots][::2]:
        shots.remove(number)
    until(lambda: len(shots.shots) == 1)
    assert [body.picture for body in scripted(services).of(RemovePicture)] == [1]


def test_the_selection_becomes_the_mask(services: Services) -> None:
    """It is uploaded, of the picture's size, and shown."""
    shots = shots_of(services)
    selected = region(PLACE.translate(-90, -90))
    canvas_of(services).active = FakeDocument(selected=selected, canvas_size=SIZE)
    add(shots, 1)
    shots.mask_from_selection(shots.shots[0].number)
    settle(shots)
    asked = scripted(services).of(SetMask)[-1]
    mask = scripted(services).uploads[asked.mask]
    assert isinstance(mask, Picture) and mask.size == SIZE


def test_a_selection_of_something_else_is_told_and_the_mask_stays(services: Services) -> None:
    """There is no document at all here."""
    shots = shots_of(services)
    add(shots, 1)
    shots.mask_from_selection(shots.shots[0].number)
    assert shots.trouble is not None and shots.ready == 1
    assert len(scripted(services).of(SetMask)) == 1


def test_files_that_cannot_be_read_are_told(services: Services, tmp_path: Path) -> None:
    """The others are taken, and do not make it forgotten; each is named at once, before it is read."""
    shots = shots_of(services)
    (tmp_path / "cat.png").write_bytes(png(painted(10)))
    shots.add_files([tmp_path / "none.png", tmp_path / "cat.png"])
    assert [(shot.name, shot.stage) for shot in shots.shots] == [
        ("none.png", Stage.READING),
        ("cat.png", Stage.READING),
    ]
    settle(shots)
    assert [shot.name for shot in shots.shots] == ["cat.png"]
    assert shots.trouble is not None and "none.png" in shots.trouble.what


def test_pictures_are_read_although_another_ones_turn_takes_long(services: Services) -> None:
    """The artist sees all of them, and which wait."""
    shots = shots_of(services)
    scripted(services).silent = {CreateSubject}
    for number in range(3):
        shots.add_image(painted(40 * number), str(number))
    until(lambda: all(not shot.image.isNull() for shot in shots.shots))
    assert {shot.stage for shot in shots.shots} == {Stage.SENDING}


def test_a_picture_that_is_removed_while_it_is_read_leaves_the_library_too(services: Services) -> None:
    """What is asked of it waits until it is there."""
    shots = shots_of(services)
    shots.add_image(painted(10), "first")
    shots.remove(shots.shots[0].number)
    until(lambda: shots.shots == ())
    assert len(scripted(services).of(RemovePicture)) == 1


def test_there_is_an_end_to_pictures(services: Services) -> None:
    """One more than the protocol allows is refused here."""
    shots = shots_of(services)
    scripted(services).silent = {CreateSubject}
    for _ in range(MAX_SUBJECT_PICTURES + 1):
        shots.add_image(painted(1), "x")
    assert len(shots.shots) == MAX_SUBJECT_PICTURES and shots.trouble is not None


def test_an_empty_clipboard_is_told(services: Services) -> None:
    """Nothing stays in the list."""
    shots = shots_of(services)
    shots.add_image(QtGui.QImage(), "x")
    settle(shots)
    assert shots.shots == () and shots.trouble is not None


def test_a_subject_of_the_library_shows_its_pictures(services: Services) -> None:
    """With their masks: nothing is sent or found again."""
    client = scripted(services)
    client.subjects["pip"] = details("pip", "Pip", pictures=2)
    draft = Draft(services.client, "New subject")
    shots = Shots(services.client, services.canvas, draft)
    draft.load("pip", shots.load)
    until(lambda: shots.ready == 2 and all(not shot.image.isNull() for shot in shots.shots))
    assert not client.of(SetMask) and not client.uploads
