"""The queue: what a job needs to be painted by any worker, what it tells on its way, and who may ask for one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATE = "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'paused')"


def upgrade() -> None:
    """Widens jobs, and makes what is told and asked around them."""
    _jobs()
    _around_jobs()
    _people()


def _jobs() -> None:
    columns = (
        sa.Column("plan", sa.JSON(), nullable=True),
        sa.Column("parents", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("stage", sa.String(length=60), nullable=False, server_default=""),
        sa.Column("kin", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("twin", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("pixels", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("attempt", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("run", sa.String(length=60), nullable=True),
        sa.Column("worker", sa.String(length=100), nullable=True),
        sa.Column("files", sa.JSON(), nullable=True),
    )
    if op.get_bind().dialect.name == "sqlite":  # a constraint there changes with its table
        with op.batch_alter_table("jobs", recreate="always", copy_from=_jobs_before()) as table:
            for column in columns:
                table.add_column(column)
    else:
        for column in columns:
            op.add_column("jobs", column)
        op.drop_constraint("ck_jobs_state", "jobs", type_="check")
        op.create_check_constraint("ck_jobs_state", "jobs", STATE)
    op.drop_index("ix_jobs_state_jobs_priority_jobs_created", "jobs")
    told = ["state", "person", "priority", "tries"]
    op.create_index("ix_jobs_state_jobs_person_jobs_priority_jobs_tries", "jobs", told)
    op.create_index("ix_jobs_state_jobs_twin", "jobs", ["state", "twin"])
    op.create_index("ix_jobs_person_jobs_started", "jobs", ["person", "started"])
    op.create_index("ix_jobs_run", "jobs", ["run"])


def _jobs_before() -> sa.Table:
    """As the first revision made it, but for the constraint that changes."""
    return sa.Table(
        "jobs",
        sa.MetaData(),
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("brief_id", NUMBER, nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.Float(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(STATE, name="ck_jobs_state"),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name="fk_jobs_brief_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("person", "key", name="uq_jobs_person_key"),
        sa.Index("ix_jobs_brief_id", "brief_id"),
        sa.Index("ix_jobs_state_jobs_priority_jobs_created", "state", "priority", "created"),
        sqlite_autoincrement=True,
    )


def _around_jobs() -> None:
    op.create_table(
        "workers",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_workers"),
    )
    op.create_table(
        "events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("job_id", NUMBER, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_events_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_created", "events", ["created"])
    op.create_index("ix_events_job_id", "events", ["job_id"])
    op.create_table(
        "previews",
        sa.Column("job_id", NUMBER, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_previews_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="pk_previews"),
    )
    op.create_table(
        "painted",
        sa.Column("job_id", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("picture_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_painted_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["picture_id"], ["pictures.id"], name="fk_painted_picture_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_painted"),
    )
    op.create_index("ix_painted_picture_id", "painted", ["picture_id"])
    op.create_table(
        "sources",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("suffix", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sources"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.CheckConstraint("role IN ('admin', 'artist', 'viewer')", name="ck_people_role"),
        sa.PrimaryKeyConstraint("name", name="pk_people"),
    )
    op.create_table(
        "tokens",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name="fk_tokens_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_tokens"),
    )
    op.create_index("ix_tokens_person", "tokens", ["person"])
