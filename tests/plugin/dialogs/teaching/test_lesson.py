"""A teaching as the artist follows it."""

import pytest

from dreammix.protocol import JobNotFound, Size, Taught, TeachProgress, TeachStage
from dreammix.protocol.asking import ErrorReport
from dreammix.protocol.jobs import JobChanged, JobState, ListJobs, Order, SampleReady
from dreammix.protocol.services import TeachPlan
from dreammix_krita.dialogs.teaching.lesson import MAX_POINTS, Lesson
from dreammix_krita.services import Services
from tests.krita_plugin.loop import until
from tests.plugin.dialogs.scripted import Started, lesson_info, scripted

ERROR = ErrorReport("out_of_memory", "There is not enough memory", "the device is full", "Close something")


def step(number: int, steps: int = 500) -> TeachProgress:
    """One step is done."""
    return TeachProgress(stage=TeachStage.TEACHING, step=number, steps=steps, loss=1 / number)


def begun(services: Services) -> tuple[Lesson, Started]:
    """A teaching that the backend knows."""
    lesson = Lesson(services.client)
    lesson.start("pip")
    (job,) = scripted(services).jobs
    job.listener.began(job.info())
    return lesson, job


def test_the_estimate_comes_before_the_teaching(services: Services) -> None:
    """Asked without starting anything."""
    scripted(services).plan = TeachPlan(seconds=90.0, hints=("Two pictures have no mask.",))
    lesson = Lesson(services.client)
    lesson.estimate("pip")
    until(lambda: lesson.plan is not None)
    assert lesson.plan == scripted(services).plan and not scripted(services).jobs


def test_it_is_taught_to_its_end(services: Services) -> None:
    """Steps, samples, the end; then the job is done with."""
    lesson, job = begun(services)
    for number in range(1, 5):
        job.listener.happened(step(number))
    job.listener.happened(SampleReady(4, Size(16, 16)))
    until(lambda: len(lesson.samples) == 1)
    job.listener.happened(Taught(subject="pip", version=1, loss=0.2))
    job.listener.happened(JobChanged(state=JobState.SUCCEEDED))
    assert lesson.taught is not None and not lesson.running
    assert [point[0] for point in lesson.losses] == [1, 2, 3, 4]
    assert scripted(services).acknowledged == ["job"]


@pytest.mark.parametrize("order", Order)
def test_the_artists_word_reaches_the_job(services: Services, order: Order) -> None:
    """Pause, go on, stop."""
    lesson, job = begun(services)
    lesson.tell(order)
    assert job.orders == [order]


def test_a_second_click_begins_no_second_teaching(services: Services) -> None:
    """One at a time."""
    lesson, _ = begun(services)
    lesson.start("pip")
    assert len(scripted(services).jobs) == 1


def test_why_it_failed_is_told(services: Services) -> None:
    """And teaching can begin again."""
    lesson, job = begun(services)
    job.listener.happened(JobChanged(state=JobState.FAILED, error=ERROR))
    assert lesson.trouble is not None and lesson.trouble.what == ERROR.what
    lesson.start("pip")
    assert lesson.running and lesson.trouble is None


def test_a_lost_job_ends_it(services: Services) -> None:
    """No spinner stays."""
    lesson, job = begun(services)
    job.listener.failed(JobNotFound("The job is lost", "the backend has ended", "Start it again"))
    assert lesson.state is JobState.FAILED and not lesson.running


def test_the_curve_stays_small(services: Services) -> None:
    """However long a teaching is; it still goes from its beginning to its end."""
    lesson, job = begun(services)
    for number in range(1, 8 * MAX_POINTS):
        job.listener.happened(step(number, 8 * MAX_POINTS))
    assert len(lesson.losses) <= MAX_POINTS
    assert lesson.losses[0][0] < 16 and lesson.losses[-1][0] > 7 * MAX_POINTS


def test_steps_that_are_done_again_are_drawn_once(services: Services) -> None:
    """After a crash it goes on from what was kept."""
    lesson, job = begun(services)
    for number in (1, 2, 3, 2, 3, 4):
        job.listener.happened(step(number))
    assert [point[0] for point in lesson.losses] == [1, 2, 3, 4]


def test_a_teaching_of_an_earlier_start_is_found(services: Services) -> None:
    """Krita was closed while it went on."""
    scripted(services).old = [lesson_info()]
    lesson = Lesson(services.client)
    lesson.find()
    until(lambda: lesson.running)
    scripted(services).jobs[0].listener.happened(step(7))
    assert lesson.progress is not None and lesson.progress.step == 7


def test_one_that_has_ended_is_not_shown_as_running(services: Services) -> None:
    """Only what goes on is gone on with."""
    scripted(services).old = [lesson_info(JobState.CANCELLED)]
    lesson = Lesson(services.client)
    heard: list[None] = []
    lesson.find()
    services.client.ask(ListJobs(), lambda _: heard.append(None), lambda _: heard.append(None))
    until(lambda: bool(heard))
    assert lesson.state is None
