"""Jobs say what is the matter in a word, sources know whether they are needed, and the lab's trainings have a table."""

import re
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 500
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


def upgrade() -> None:
    """Widens jobs and sources, and makes trainings."""
    op.add_column("jobs", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("problem", sa.JSON(), nullable=True))
    op.execute("UPDATE jobs SET note = error, error = NULL WHERE state = 'done' AND error IS NOT NULL")
    op.add_column("sources", sa.Column("used", sa.BigInteger(), nullable=True))
    _mark_used()
    _trainings()


def _mark_used() -> None:
    """Whatever a brief or a plan of before names is needed; what is not may go."""
    connection = op.get_bind()
    sources = sa.table("sources", sa.column("digest"), sa.column("used"), sa.column("created"))
    known = set(connection.scalars(sa.select(sources.c.digest)))
    used = sorted(known & set(_named(connection))) if known else []
    for start in range(0, len(used), AT_ONCE):
        some = sources.c.digest.in_(used[start : start + AT_ONCE])
        connection.execute(sa.update(sources).where(some).values(used=sources.c.created))


def _named(connection: sa.Connection) -> Iterator[str]:
    for table, column in (("briefs", "wishes"), ("jobs", "plan"), ("plans", "plan")):
        text = sa.cast(sa.column(column), sa.Text)
        pictures = text.like("%source:%") if table == "briefs" else text.like('%"sha256"%')
        for said in connection.scalars(sa.select(text).select_from(sa.table(table)).where(pictures)):
            yield from _DIGEST.findall(said)


def _trainings() -> None:
    op.create_table(
        "trainings",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("steps", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False, server_default="0"),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("parent", sa.String(length=100), nullable=True),
        sa.CheckConstraint("state IN ('running', 'stopped', 'done', 'failed')", name="ck_trainings_state"),
        sa.PrimaryKeyConstraint("id", name="pk_trainings"),
        sa.UniqueConstraint("name", name="uq_trainings_name"),
    )
    op.create_index("ix_trainings_created_trainings_id", "trainings", ["created", "id"])
