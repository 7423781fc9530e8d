"""People with accounts: names, roles, passwords, and tokens for their programs and browsers.

Nobody needs one on a machine of their own: without people a store is one person's, whose name is "".
"""

import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from mengbi.errors import BriefError
from mengbi.registry import nearest
from mengbi.studio.database import now
from mengbi.studio.facts import clean, fold
from mengbi.studio.store import Store
from mengbi.studio.tables import ROLES, briefs, jobs, people, tokens

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD = 8
MAX_PASSWORD = 1000
MAX_LABEL = 100
SESSION = "browser"
"""Label of the token that a browser holds after a login."""
SESSION_DAYS = 30
DAY = 24 * 3600 * 1000
TRUSTED = 300
"""Seconds that a password which was right is not hashed again: a program sends it with every request."""
_NAME = re.compile(r"[^\W_][\w.@-]{0,99}")
_right: OrderedDict[bytes, float] = OrderedDict()
_turn = threading.Lock()
_salt = secrets.token_bytes(16)


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody with an account. quota: pictures in 24 hours; None: as many as they like."""

    name: str
    role: str
    created: datetime
    quota: int | None
    password: bool  # whether they have one; without, only tokens let them in


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What a program of somebody's says instead of a password; the secret itself is not kept."""

    id: str  # the beginning of its digest
    person: str
    label: str
    created: datetime
    used: datetime | None


def add_person(
    store: Store, name: str, role: str = "artist", *, password: str | None = None, quota: int | None = None
) -> Person:
    """Makes an account, or gives one that is there another role, password or quota. Raises BriefError."""
    kept = _name(name)
    if role not in ROLES:
        raise BriefError(f"no role {role!r}; {nearest(role, list(ROLES))}")
    if quota is not None and not 0 <= quota < 2**31:
        raise BriefError(f"quota {quota} — a whole number of pictures in 24 hours")
    values = {"role": role, "quota": quota}
    if password is not None:
        values["password"] = _hashed(password)
    with store.writing() as connection:
        if connection.execute(update(people).where(people.c.name == kept).values(values)).rowcount == 0:
            connection.execute(insert(people).values({"password": None, **values, "name": kept, "created": now()}))
    return find_person(store, kept)


def remove_person(store: Store, name: str) -> None:
    """Closes an account and ends all its tokens; the pictures stay. Raises BriefError."""
    find_person(store, name)
    with store.writing() as connection:
        connection.execute(delete(tokens).where(tokens.c.person == _name(name)))
        connection.execute(delete(people).where(people.c.name == _name(name)))
    _forget()


def all_people(store: Store) -> tuple[Person, ...]:
    """Everybody with an account, by name."""
    with store.reading() as connection:
        return tuple(map(_person, connection.execute(select(people).order_by(people.c.name))))


def find_person(store: Store, name: str) -> Person:
    """The account of that name. Raises BriefError."""
    with store.reading() as connection:
        row = connection.execute(select(people).where(people.c.name == _name(name))).one_or_none()
    if row is None:
        raise BriefError(f"nobody here is called {name[:60]!r}; mengbi studio people list names all")
    return _person(row)


def make_token(store: Store, name: str, label: str = "") -> str:
    """A new secret that lets a program in as this person. Raises BriefError."""
    person, secret = find_person(store, name), secrets.token_urlsafe(32)
    row = {"digest": _digest(secret), "person": person.name, "label": clean(label, MAX_LABEL), "created": now()}
    with store.writing() as connection:
        connection.execute(insert(tokens).values(row))
    return secret


def tokens_of(store: Store, name: str) -> tuple[Token, ...]:
    """This person's tokens, oldest first. Raises BriefError."""
    with store.reading() as connection:
        mine = select(tokens).where(tokens.c.person == _name(name)).order_by(tokens.c.created, tokens.c.digest)
        return tuple(
            Token(id=row.digest[:12], person=row.person, label=row.label, created=_moment(row.created),
                  used=None if row.used is None else _moment(row.used))
            for row in connection.execute(mine)
        )  # fmt: skip


def end_token(store: Store, name: str, start: str) -> None:
    """Ends the token whose id begins so. Raises BriefError if there is none."""
    if not re.fullmatch(r"[0-9a-f]{6,64}", start):
        raise BriefError(f"token {start[:60]!r} — the number of one, six letters or more")
    with store.writing() as connection:
        ended = delete(tokens).where(tokens.c.person == _name(name), tokens.c.digest.startswith(start))
        if connection.execute(ended).rowcount == 0:
            raise BriefError(f"{name} has no token {start}; mengbi studio people tokens lists them")


def end_session(store: Store, secret: str) -> None:
    """Ends the token that a browser holds."""
    with store.writing() as connection:
        connection.execute(delete(tokens).where(tokens.c.digest == _digest(secret), tokens.c.label == SESSION))


def recognize(store: Store, name: str | None, secret: str) -> Person | None:
    """Whose token this is or, with a name, whose password; None for nobody's. Equally long for any wrong one."""
    found = _by_token(store, secret)
    if found is not None:
        return found if name in (None, "", found.name) else None
    return None if name is None else _by_password(store, name, secret)


def spent(store: Store) -> int:
    """How many pictures this person has asked for in the last 24 hours, without those that failed."""
    mine = select(briefs.c.wishes).join(jobs, jobs.c.brief_id == briefs.c.id).where(jobs.c.person == store.person)
    recent = mine.where(jobs.c.created > now() - DAY, jobs.c.state.not_in(("failed", "cancelled")))
    with store.reading() as connection:
        return sum(int(wishes.get("count", 1)) for wishes in connection.scalars(recent))


def left(store: Store) -> int | None:
    """How many pictures this person may still ask for today; None: as many as they like."""
    with store.reading() as connection:
        quota: int | None = connection.scalar(select(people.c.quota).where(people.c.name == store.person))
    return None if quota is None else max(0, quota - spent(store))


def _by_token(store: Store, secret: str) -> Person | None:
    moment, digest = now(), _digest(secret)
    query = select(people, tokens.c.label, tokens.c.created.label("since"), tokens.c.used).join(tokens)
    with store.reading() as connection:
        row = connection.execute(query.where(tokens.c.digest == digest)).one_or_none()
    if row is None or (row.label == SESSION and moment - row.since > SESSION_DAYS * DAY):
        return None
    if row.used is None or moment - row.used > TRUSTED * 1000:  # not a write for every read
        with store.writing() as connection:
            connection.execute(update(tokens).where(tokens.c.digest == digest).values(used=moment))
    return _person(row)


def _by_password(store: Store, name: str, password: str) -> Person | None:
    from argon2.exceptions import Argon2Error, InvalidHashError

    kept = fold(name) if _NAME.fullmatch(fold(name)) else ""
    with store.reading() as connection:
        wanted = select(people).where(people.c.name == kept, people.c.password.is_not(None))
        row = connection.execute(wanted).one_or_none()
    hashed = _nobodys() if row is None else row.password
    key = hashlib.blake2b(f"{hashed}\0{password}".encode("utf-8", "replace"), key=_salt).digest()
    with _turn:
        fresh = _right.get(key, 0.0) > time.monotonic()
    if not fresh:
        try:
            _hasher().verify(hashed, password[:MAX_PASSWORD])
        except (Argon2Error, InvalidHashError):
            return None
    if row is None:
        return None
    with _turn:
        _right[key] = time.monotonic() + TRUSTED
        while len(_right) > 1000:
            _right.popitem(last=False)
    return _person(row)


def _hashed(password: str) -> str:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BriefError(f"a password of {len(password)} letters — {MIN_PASSWORD} to {MAX_PASSWORD}")
    return _hasher().hash(password)


@cache
def _hasher() -> "PasswordHasher":
    try:
        from argon2 import PasswordHasher
    except ImportError as error:
        raise BriefError("accounts need argon2; pip install 'mengbi[studio]' brings it") from error
    return PasswordHasher()


@cache
def _nobodys() -> str:
    """What a password is held against where there is nobody of that name: the same work."""
    return _hasher().hash(secrets.token_urlsafe())


def _forget() -> None:
    with _turn:
        _right.clear()


def _name(name: str) -> str:
    kept = fold(name)
    if not _NAME.fullmatch(kept):
        raise BriefError(f"name {name[:60]!r} — 1 to 100 letters and digits, with . - _ @ inside")
    return kept


def _person(row: object) -> Person:
    values = {field: getattr(row, field) for field in ("name", "role", "quota")}
    return Person(**values, created=_moment(row.created), password=row.password is not None)  # type: ignore[attr-defined]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
