"""The tables of the studio's database. `migrations/` makes them; a test holds the two together.

Times are whole milliseconds since 1970, UTC. A person is a name, "" where nobody has to say who they are.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

HEAD = "0004"
"""The revision that makes what stands here."""

STATES = ("queued", "running", "done", "failed", "cancelled", "paused")
TRAINING_STATES = ("running", "stopped", "done", "failed")
ROLES = ("admin", "artist", "viewer")
KINDS = ("retry", "variation", "photo", "restyle", "enlarge", "keep", "cross")
"""How a picture came from another one."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Number = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER is the rowid there


def _one_of(column: str, names: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(name) for name in names)})", name=column)


def _of_picture(name: str = "picture_id", *, first: bool = True) -> Column[int]:
    return Column(name, Number, ForeignKey("pictures.id", ondelete="CASCADE"), primary_key=True, index=not first)


briefs = Table(
    "briefs",
    metadata,
    Column("id", Number, primary_key=True),
    Column("person", String(100), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("wishes", JSON, nullable=False),  # the Brief, without what nobody wished for
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Number, primary_key=True),
    Column("brief_id", Number, ForeignKey("briefs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("person", String(100), nullable=False),
    Column("state", String(10), nullable=False),
    Column("priority", Integer, nullable=False),  # the higher is done first
    Column("key", String(200)),  # the caller's own name for it: the same key again is the same job
    Column("created", BigInteger, nullable=False),
    Column("started", BigInteger),
    Column("ended", BigInteger),
    Column("done", Float, nullable=False),  # 0 to 1
    Column("error", Text),
    Column("note", Text),  # what is to be known of it although it is done
    Column("problem", JSON(none_as_null=True)),  # {"code", "params"} of the error or the note
    Column("plan", JSON(none_as_null=True)),  # the Plan, once it is made
    Column("parents", JSON, nullable=False, server_default="[]"),  # [number of a picture, one of KINDS], …
    Column("stage", String(60), nullable=False, server_default=""),  # what is being done to it
    Column("kin", String(64), nullable=False, server_default=""),  # sha256 of what a batch has in common
    Column("twin", String(64), nullable=False, server_default=""),  # sha256 of all that was wished for
    Column("pixels", BigInteger, nullable=False, server_default="0"),  # of all its pictures together, about
    Column("attempt", Integer, nullable=False, server_default="0"),  # how often a worker took it
    Column("tries", Integer, nullable=False, server_default="0"),  # how often it was begun since somebody wanted it
    Column("run", String(60)),  # what holds it: it is nobody else's until this is null again
    Column("worker", String(100)),  # whose run that is
    Column("files", JSON(none_as_null=True)),  # files that the run puts down before it writes their rows: see runs
    _one_of("state", STATES),
    UniqueConstraint("person", "key"),
    Index(None, "state", "person", "priority", "tries"),
    Index(None, "state", "twin"),
    Index(None, "person", "started"),
    Index(None, "run"),
    sqlite_autoincrement=True,
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("started", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),  # its last sign of life
)

events = Table(
    "events",
    metadata,
    Column("id", Number, primary_key=True),
    Column("created", BigInteger, nullable=False, index=True),
    Column("person", String(100), nullable=False),
    Column("job_id", Number, ForeignKey("jobs.id", ondelete="CASCADE"), index=True),
    Column("kind", String(20), nullable=False),
    Column("data", JSON, nullable=False),
    sqlite_autoincrement=True,  # a number is not given again, so that "after this one" stays true
)

previews = Table(
    "previews",
    metadata,
    Column("job_id", Number, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("step", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),  # WebP
)

sources = Table(
    "sources",
    metadata,
    Column("digest", String(64), primary_key=True),  # sha256 of the file as it is kept
    Column("suffix", String(5), nullable=False),
    Column("name", String(100), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("person", String(100), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("used", BigInteger),  # since a job was accepted with it; null: nothing needs it
)

people = Table(
    "people",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("password", Text),  # argon2's own line; null: only tokens
    Column("created", BigInteger, nullable=False),
    Column("quota", Integer),  # pictures a day
    _one_of("role", ROLES),
)

tokens = Table(
    "tokens",
    metadata,
    Column("digest", String(64), primary_key=True),  # sha256 of the token
    Column("person", String(100), ForeignKey("people.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", String(100), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("used", BigInteger),
)

pictures = Table(
    "pictures",
    metadata,
    Column("id", Number, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # sha256 of the file
    Column("suffix", String(5), nullable=False),
    Column("width", Integer, nullable=False),  # pixels, upright
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("words", Text, nullable=False),  # title, prompt and tags, folded: what a search for words looks at
    Column("style", String(200), nullable=False),
    Column("engine", String(100), nullable=False),
    Column("seed", BigInteger),
    Column("essence", String(64), index=True),  # sha256 of its plan without the finishing steps
    Column("created", BigInteger, nullable=False),
    Column("person", String(100), nullable=False),
    Column("job_id", Number, ForeignKey("jobs.id", ondelete="SET NULL"), index=True),
    Column("missing", Boolean, nullable=False),  # its file is gone or is another one
    Column("removed", Boolean, nullable=False),  # somebody wants it away; the file goes first, then the row
    Index(None, "created", "id"),
    Index(None, "style", "created", "id"),
    Index(None, "engine", "created", "id"),
    sqlite_autoincrement=True,  # the number of a picture that was removed is not given again
)

painted = Table(
    "painted",
    metadata,
    Column("job_id", Number, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # its place among the job's pictures, from 0
    Column("picture_id", Number, ForeignKey("pictures.id", ondelete="CASCADE"), nullable=False, index=True),
)

plans = Table("plans", metadata, _of_picture(), Column("plan", JSON, nullable=False))

steps = Table(
    "steps",
    metadata,
    _of_picture(),
    Column("number", Integer, primary_key=True),  # of the step, from 1
    Column("digest", String(64), nullable=False, index=True),  # of the file that holds all of its picture
    Column("suffix", String(5), nullable=False),
)

ratings = Table(
    "ratings",
    metadata,
    Column("person", String(100), primary_key=True),
    _of_picture(first=False),
    Column("stars", SmallInteger, nullable=False),
    CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
)

favourites = Table(
    "favourites",
    metadata,
    Column("person", String(100), primary_key=True),
    _of_picture(first=False),
)

collections = Table(
    "collections",
    metadata,
    Column("id", Number, primary_key=True),
    Column("person", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("created", BigInteger, nullable=False),
    UniqueConstraint("person", "name"),
)

collected = Table(
    "collected",
    metadata,
    Column("collection_id", Number, ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    _of_picture(first=False),
)

tags = Table("tags", metadata, Column("tag", String(64), primary_key=True), _of_picture(first=False))

lineage = Table(
    "lineage",
    metadata,
    _of_picture("child_id"),
    _of_picture("parent_id", first=False),
    Column("kind", String(10), nullable=False),
    _one_of("kind", KINDS),
    CheckConstraint("child_id <> parent_id", name="other"),
)

meanings = Table(
    "meanings",
    metadata,
    _of_picture(),
    Column("encoder", String(100), nullable=False),
    Column("change", BigInteger, nullable=False, index=True),  # when the counter "meanings" stood there
    Column("vector", LargeBinary, nullable=False),  # float16, unit length
)

trainings = Table(
    "trainings",
    metadata,
    Column("id", Number, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("family", Text, nullable=False),
    Column("recipe", JSON, nullable=False),
    Column("data", JSON, nullable=False),  # folder, digest, count, licence, consent
    Column("code", Text, nullable=False),  # version
    Column("machine", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("step", BigInteger, nullable=False, server_default="0"),
    Column("steps", BigInteger, nullable=False),  # of all
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("metrics", JSON, nullable=False),
    Column("note", Text),  # what is to be known of how it went
    Column("parent", String(100)),  # name of the training that it goes on from
    _one_of("state", TRAINING_STATES),
    Index(None, "created", "id"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
