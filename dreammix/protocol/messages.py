"""The messages of `dreammix.v1`: what a connection carries, and inside of what.

    client                              server
    Hello                               Welcome
    Request(number, what it asks)       Reply(number, the answer)  or  Failure(number, the error)
    Chunk(number, offset, bytes)        Begin(number, form), Chunk(number, offset, bytes)
                                        JobEvent(job, sequence, what happened)
                                        Goodbye(why)

Every request is answered exactly once, in any order. Text messages are JSON, one object each; chunks are
binary.
"""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from dreammix.protocol.asking import Done, ErrorReport
from dreammix.protocol.jobs import (
    AcknowledgeJob,
    ControlJob,
    FollowJob,
    Happening,
    Insert,
    JobInfo,
    Jobs,
    ListJobs,
    PreviewReady,
    ResultReady,
    SampleReady,
    Teach,
)
from dreammix.protocol.library import (
    MAX_NAME_CHARACTERS,
    AddPictures,
    Artists,
    CreateSubject,
    Damaged,
    DeleteSubject,
    DuplicateSubject,
    ForgetVersion,
    GetSubject,
    ImportSubject,
    ListArtists,
    ListDamaged,
    ListSubjects,
    PurgeTrash,
    RemovePicture,
    RestoreSubject,
    SetMask,
    SubjectDetails,
    Subjects,
    UpdateSubject,
    UseArtist,
)
from dreammix.protocol.limits import MAX_SEQUENCE, Limits
from dreammix.protocol.payloads import (
    Abandon,
    Begin,
    Chunk,
    Fetch,
    Number,
    PreviewPicture,
    ResultPicture,
    SamplePicture,
    Upload,
)
from dreammix.protocol.rules import Id, Line, Most, Whole
from dreammix.protocol.services import (
    ChooseProfile,
    Described,
    DescribePictures,
    DescribeSubject,
    GetHealth,
    Health,
    InsertPlan,
    ListExtras,
    ListLoras,
    ListModels,
    LoadModel,
    Loras,
    ManageModel,
    Matched,
    MatchWords,
    ModelInfo,
    Models,
    Ping,
    PlanInsert,
    PlanTeach,
    TeachPlan,
)
from dreammix.protocol.shapes import Message
from dreammix.protocol.words import Word

SUBPROTOCOL = "dreammix.v1"
"""The websocket subprotocol; a connection without it is refused."""
DEFAULT_ARTIST = "default"
"""Whose library is used where nobody says."""
MAX_PROGRAM_CHARACTERS = 80
"""Longest name or version of a program, or of a device, in characters."""
MAX_CAPABILITIES = 64
"""Most capabilities of a server."""

Line80: TypeAlias = Annotated[str, Line(MAX_PROGRAM_CHARACTERS)]

Ask: TypeAlias = (
    Ping
    | Upload
    | Fetch
    | Abandon
    | Insert
    | Teach
    | ControlJob
    | ListJobs
    | FollowJob
    | AcknowledgeJob
    | ListArtists
    | UseArtist
    | ListSubjects
    | ListDamaged
    | GetSubject
    | CreateSubject
    | UpdateSubject
    | ForgetVersion
    | DuplicateSubject
    | AddPictures
    | RemovePicture
    | SetMask
    | DeleteSubject
    | RestoreSubject
    | PurgeTrash
    | ImportSubject
    | DescribePictures
    | DescribeSubject
    | MatchWords
    | PlanInsert
    | PlanTeach
    | ListModels
    | ListExtras
    | ListLoras
    | ManageModel
    | LoadModel
    | ChooseProfile
    | GetHealth
)
"""Everything that a client can ask."""

Answer: TypeAlias = (
    Done
    | JobInfo
    | Jobs
    | Artists
    | Subjects
    | Damaged
    | SubjectDetails
    | Described
    | Matched
    | InsertPlan
    | TeachPlan
    | ModelInfo
    | Models
    | Loras
    | Health
)
"""Everything that answers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(Message):
    """The client's first message.

    Attributes:
        client: the program's name.
        version: its version.
        session: the session to resume, as an earlier `Welcome` named it; None begins a new one.
        artist: whose library to use.
    """

    client: Line80
    version: Line80
    session: Annotated[str, Id()] | None = None
    artist: Annotated[str, Line(MAX_NAME_CHARACTERS)] = DEFAULT_ARTIST


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome(Message):
    """The server's first message.

    Attributes:
        version: the server's version.
        session: the name of this session, a secret: whoever knows it, and the token, can resume it.
        resumed: whether it is the one that the client asked for. If not, that one's jobs are gone.
        capabilities: what this server can do, such as `plan`; unknown ones mean nothing.
        limits: what it takes.
        device: what computes, such as `cpu`; several with a comma.
        model: the base model that is loaded; None while there is none that has a name.
    """

    version: Line80
    session: Annotated[str, Id()]
    resumed: bool
    capabilities: Annotated[tuple[Annotated[str, Id()], ...], Most(MAX_CAPABILITIES)] = ()
    limits: Limits
    device: Line80 | None = None
    model: Annotated[str, Id()] | None = None


@dataclass(frozen=True, slots=True)
class Request(Message):
    """The client asks something. Its numbers rise from request to request of a connection."""

    number: Number
    body: Ask


@dataclass(frozen=True, slots=True)
class Reply(Message):
    """The answer to the request of that number."""

    number: Number
    body: Answer


@dataclass(frozen=True, slots=True)
class Failure(Message):
    """Why the request of that number is not answered."""

    number: Number
    error: ErrorReport


@dataclass(frozen=True, slots=True)
class JobEvent(Message):
    """What happened to a job of this session.

    Attributes:
        job: its id.
        sequence: the event's number within the job, from 1; it only rises.
        event: what happened.
    """

    job: Annotated[str, Id()]
    sequence: Annotated[int, Whole(1, MAX_SEQUENCE)]
    event: Happening

    @property
    def picture(self) -> PreviewPicture | ResultPicture | SamplePicture | None:
        """What can be fetched now; None where the event announces no picture."""
        match self.event:
            case PreviewReady(variant=variant):
                return PreviewPicture(self.job, variant)
            case ResultReady(variant=variant):
                return ResultPicture(self.job, variant)
            case SampleReady(step):
                return SamplePicture(self.job, step)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Goodbye(Message):
    """The server's last message: why it hangs up."""

    error: ErrorReport


FromClient: TypeAlias = Hello | Request
"""The text messages of a client."""
FromServer: TypeAlias = Welcome | Reply | Failure | Begin | JobEvent | Goodbye
"""The text messages of a server."""
TextMessage: TypeAlias = FromClient | FromServer
"""Everything that travels as text."""
AnyMessage: TypeAlias = TextMessage | Chunk
"""Everything that a connection carries."""


class Side(Word):
    """The two ends of a connection."""

    CLIENT = "client"
    SERVER = "server"

    @property
    def other(self) -> "Side":
        """Who is at the other end."""
        return Side.SERVER if self is Side.CLIENT else Side.CLIENT
