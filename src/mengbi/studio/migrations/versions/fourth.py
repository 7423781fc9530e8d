"""A picture may be the child of two others."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KIND = "kind IN ('retry', 'variation', 'photo', 'restyle', 'enlarge', 'keep', 'cross')"


def upgrade() -> None:
    """Lets lineage say so."""
    if op.get_bind().dialect.name == "sqlite":  # a constraint there changes with its table
        with op.batch_alter_table("lineage", recreate="always", copy_from=_lineage()):
            pass
        return
    op.drop_constraint("ck_lineage_kind", "lineage", type_="check")
    op.create_check_constraint("ck_lineage_kind", "lineage", KIND)


def _lineage() -> sa.Table:
    """As the first revision made it, but for the constraint that changes."""
    return sa.Table(
        "lineage",
        sa.MetaData(),
        sa.Column("child_id", NUMBER, nullable=False),
        sa.Column("parent_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.CheckConstraint(KIND, name="ck_lineage_kind"),
        sa.CheckConstraint("child_id <> parent_id", name="ck_lineage_other"),
        sa.ForeignKeyConstraint(["child_id"], ["pictures.id"], name="fk_lineage_child_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["parent_id"], ["pictures.id"], name="fk_lineage_parent_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("child_id", "parent_id", name="pk_lineage"),
        sa.Index("ix_lineage_parent_id", "parent_id"),
    )
