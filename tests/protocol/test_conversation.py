"""Two sessions, with messages under way between them: whoever keeps to the protocol is never hung up on."""

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dreammix.protocol import TransferRejected, UnexpectedMessage
from dreammix.protocol.asking import Done, ErrorReport
from dreammix.protocol.jobs import FollowJob, JobChanged, JobState
from dreammix.protocol.limits import Limits
from dreammix.protocol.messages import AnyMessage, Failure, Hello, JobEvent, Reply, Request, Side, Welcome
from dreammix.protocol.payloads import Abandon, Begin, Chunk, Fetch, FileForm, SubjectThumbnail, Upload
from dreammix.protocol.services import Described, DescribePictures, Ping
from dreammix.protocol.session import Close, Deliver, Send, Session

LIMITS = Limits(pending_requests=4, uploads=2, upload_bytes=4, held_bytes=6)
SIZES = st.integers(1, 5)
PLACES = st.integers(0, 3)


class Conversation(RuleBasedStateMachine):
    """A client and a server that do what their sessions allow, at any time and in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = {side: Session(side) for side in Side}
        self.under_way: dict[Side, deque[str | bytes]] = {side: deque() for side in Side}
        self.answered: set[int] = set()
        self.sequence = 0
        self._say(Side.CLIENT, Hello(client="test", version="1"))
        self.hear(Side.SERVER)
        self._say(Side.SERVER, Welcome(version="1", session="s", resumed=False, limits=LIMITS))
        self.hear(Side.CLIENT)

    def _say(self, speaker: Side, message: AnyMessage) -> None:
        """Send it if the own session allows it."""
        try:
            self.under_way[speaker.other].append(self.ends[speaker].send(message))
        except (TransferRejected, UnexpectedMessage):
            return

    def _ask(self, body: Ping | Upload | Fetch | Abandon | FollowJob | DescribePictures) -> None:
        self._say(Side.CLIENT, Request(self.ends[Side.CLIENT].next_number, body))

    @rule(size=SIZES)
    def upload(self, size: int) -> None:
        """The client declares a file."""
        self._ask(Upload(FileForm(size)))

    @rule(back=PLACES, offset=PLACES, size=SIZES)
    def send_bytes(self, back: int, offset: int, size: int) -> None:
        """The client sends bytes of one of its last requests."""
        number = max(1, self.ends[Side.CLIENT].next_number - 1 - back)
        self._say(Side.CLIENT, Chunk(number, offset, bytes(size)))

    @rule(back=PLACES)
    def use_or_abandon(self, back: int) -> None:
        """The client names an upload."""
        number = max(1, self.ends[Side.CLIENT].next_number - 1 - back)
        self._ask(DescribePictures("mug", (number,)) if back % 2 else Abandon(number))

    @rule(kind=st.sampled_from([Ping(), Fetch(SubjectThumbnail("p")), FollowJob("j", 0)]))
    def ask(self, kind: Ping | Fetch | FollowJob) -> None:
        """The client asks something else."""
        self._ask(kind)

    @precondition(lambda self: self.ends[Side.SERVER].waiting)
    @rule(place=PLACES, way=st.sampled_from(["done", "described", "failure", "begin", "bytes"]), size=SIZES)
    def answer(self, place: int, way: str, size: int) -> None:
        """The server goes on with one of the requests."""
        waiting = self.ends[Side.SERVER].waiting
        number = waiting[place % len(waiting)]
        messages: dict[str, AnyMessage] = {
            "done": Reply(number, Done()),
            "described": Reply(number, Described(())),
            "failure": Failure(number, ErrorReport("error", "a", "b", "c")),
            "begin": Begin(number, FileForm(size)),
            "bytes": Chunk(number, 0, bytes(size)),
        }
        self._say(Side.SERVER, messages[way])

    @rule(state=st.sampled_from([JobState.RUNNING, JobState.SUCCEEDED]))
    def report(self, state: JobState) -> None:
        """The server reports on a job."""
        self.sequence += 1
        self._say(Side.SERVER, JobEvent("j", self.sequence, JobChanged(state=state)))

    @rule(side=st.sampled_from(Side))
    def hear(self, side: Side) -> None:
        """One message arrives."""
        if not self.under_way[side]:
            return
        for action in self.ends[side].receive(self.under_way[side].popleft()):
            assert not isinstance(action, Close), action
            if isinstance(action, Send):
                self.under_way[side.other].append(action.data)
            if isinstance(action, Deliver) and isinstance(action.message, (Reply, Failure)):
                assert action.message.number not in self.answered
                self.answered.add(action.message.number)

    @invariant()
    def limits_hold(self) -> None:
        """At both ends, whatever is under way."""
        for session in self.ends.values():
            assert len(session.waiting) <= LIMITS.pending_requests
            assert len(session.uploads) <= LIMITS.uploads and session.uploads.held <= LIMITS.held_bytes

    def teardown(self) -> None:
        """Once everything has arrived, both ends think alike."""
        while any(self.under_way.values()):
            for side in Side:
                self.hear(side)
        client, server = self.ends[Side.CLIENT], self.ends[Side.SERVER]
        assert client.waiting == server.waiting
        assert len(client.uploads) == len(server.uploads) and client.uploads.held == server.uploads.held
        assert len(client.downloads) == len(server.downloads)


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
