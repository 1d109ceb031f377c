"""Who is next in the queue."""

from hypothesis import given
from hypothesis import strategies as st

from dreammix.protocol.jobs import JobKind
from dreammix_backend.jobs import Queue

INSERT, TEACH = JobKind.INSERT, JobKind.TEACH


def all_of(queue: Queue) -> list[str]:
    """The jobs in the order in which they are taken."""
    return list(iter(queue.take, None))


def test_one_owner_is_served_in_order() -> None:
    """First come, first served."""
    queue = Queue()
    for job in "abc":
        queue.put(job, "ann", INSERT)
    assert all_of(queue) == ["a", "b", "c"]


def test_owners_take_turns() -> None:
    """Who asks for much does not make others wait for all of it."""
    queue = Queue()
    for job, owner in (
        ("a1", "ann"),
        ("a2", "ann"),
        ("a3", "ann"),
        ("b1", "bob"),
        ("c1", "cat"),
        ("b2", "bob"),
    ):
        queue.put(job, owner, INSERT)
    assert all_of(queue) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_was_served_goes_behind() -> None:
    """The turn stays where it is when further jobs arrive."""
    queue = Queue()
    for job, owner in (("a1", "ann"), ("a2", "ann"), ("b1", "bob")):
        queue.put(job, owner, INSERT)
    assert queue.take() == "a1"
    queue.put("a3", "ann", INSERT)
    queue.put("c1", "cat", INSERT)
    assert all_of(queue) == ["b1", "a2", "c1", "a3"]


def test_inserts_go_before_teaching() -> None:
    """An artist who waits for a picture does not wait for a lesson that has not begun."""
    queue = Queue()
    queue.put("lesson", "ann", TEACH)
    queue.put("insert", "bob", INSERT)
    assert all_of(queue) == ["insert", "lesson"]


def test_what_had_its_turn_keeps_it() -> None:
    """A job that is put back comes before all others of its kind."""
    queue = Queue()
    for job, owner in (("a1", "ann"), ("b1", "bob"), ("b2", "bob")):
        queue.put(job, owner, INSERT)
    queue.put("b0", "bob", INSERT, first=True)
    assert all_of(queue) == ["b0", "a1", "b1", "b2"]


def test_a_job_knows_how_many_come_first() -> None:
    """Of all owners and kinds; one that is not there has no place."""
    queue = Queue()
    for job, owner, kind in (("l", "ann", TEACH), ("a", "ann", INSERT), ("b", "bob", INSERT)):
        queue.put(job, owner, kind)
    assert [queue.ahead(job) for job in ("a", "b", "l", "absent")] == [0, 1, 2, None]


def test_removed_jobs_are_never_taken() -> None:
    """A cancelled job is gone, also as the last of its owner; one that is not there is no matter."""
    queue = Queue()
    for job, owner in (("a1", "ann"), ("a2", "ann"), ("b1", "bob")):
        queue.put(job, owner, INSERT)
    for job in ("a1", "b1", "absent"):
        queue.remove(job)
    assert queue.waiting(INSERT) == 1
    assert all_of(queue) == ["a2"]
    assert queue.waiting(INSERT) == 0


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(JobKind), st.booleans(), st.booleans()),
        max_size=30,
    )
)
def test_the_order_is_foretold(puts: list[tuple[str, JobKind, bool, bool]]) -> None:
    """Iterating tells the order in which the jobs will be taken, and every job is taken once."""
    queue, taken = Queue(), []
    for number, (owner, kind, first, take) in enumerate(puts):
        queue.put(str(number), owner, kind, first=first)
        if take:
            taken.append(queue.take())
    foretold = list(queue)
    assert all_of(queue) == foretold
    assert sorted([*foretold, *taken], key=str) == sorted(map(str, range(len(puts))))
