"""Which picture came from which: by what a plan tells, and as a tree."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from mengbi.plan import Plan, Touch
from mengbi.studio.facts import essence
from mengbi.studio.store import Store
from mengbi.studio.tables import lineage, pictures, plans

MAX_FAMILY = 1000
LARGER = ("enlarge", "fit")
"""Finishing steps that make a picture larger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """The child came from the parent: pictures by number, and one of KINDS."""

    parent: int
    child: int
    kind: str


def parents_of(connection: Connection, number: int, plan: Plan | None) -> Iterator[tuple[int, str]]:
    """The pictures that this one came from, by number, and how, as far as its plan tells.

    Its photo is a picture of ours; or another is the same, but for finishing steps that came after.
    """
    if plan is None:
        return
    if plan.photo is not None:
        query = select(pictures.c.id).where(pictures.c.digest == plan.photo.sha256, ~pictures.c.removed)
        for parent in connection.scalars(query.where(pictures.c.id != number)):
            yield parent, _from_photo(plan)
    if plan.finish:
        query = (
            select(pictures.c.id, plans.c.plan)
            .join(plans)
            .where(pictures.c.essence == essence(plan), ~pictures.c.removed)
        )
        done = [touch.to_dict() for touch in plan.finish]
        others = connection.execute(query.where(pictures.c.id != number).order_by(pictures.c.id.desc())).all()
        nearer = {
            len(other["finish"]): parent
            for parent, other in others
            if len(other["finish"]) < len(done) and other["finish"] == done[: len(other["finish"])]
        }
        if nearer:
            steps = max(nearer)
            yield nearer[steps], _kept_as(plan.finish[steps:])


def family(store: Store, number: int) -> tuple[Relation, ...]:
    """All relations among the pictures that a picture is related to, near or far, at most 1,000 pictures of them."""
    known, fresh = {number}, {number}
    found: dict[tuple[int, int], str] = {}
    with store.reading() as connection:
        while fresh and len(known) < MAX_FAMILY:
            near = select(lineage).where(lineage.c.child_id.in_(fresh) | lineage.c.parent_id.in_(fresh))
            rows = connection.execute(near.order_by(lineage.c.child_id).limit(MAX_FAMILY)).all()
            found |= {(row.parent_id, row.child_id): row.kind for row in rows}
            fresh = {number for pair in found for number in pair} - known
            known |= fresh
    return tuple(Relation(parent=parent, child=child, kind=kind) for (parent, child), kind in sorted(found.items()))


def _from_photo(plan: Plan) -> str:
    if plan.strength and plan.samples[0].prompt.strip():
        return "photo"
    styled = plan.style_image is not None or bool(plan.style.brushes or plan.style.before or plan.style.after)
    return "restyle" if styled or plan.style.parts else _kept_as(plan.finish)


def _kept_as(touches: tuple[Touch, ...]) -> str:
    return "enlarge" if any(touch.name in LARGER for touch in touches) else "keep"
