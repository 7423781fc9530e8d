"""Accounts are made, listed and closed on the command line of the machine itself."""

import pytest

pytest.importorskip("argon2", reason="the studio's parts are in mengbi[studio]")
pytest.importorskip("fastapi", reason="the studio's parts are in mengbi[studio]")

from mengbi.studio import people
from mengbi.studio.store import opened


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MENGBI_HOME", str(tmp_path))
    for name in ("MENGBI_DATABASE", "MENGBI_BLOBS"):
        monkeypatch.delenv(name, raising=False)


def test_an_account_has_a_role_a_quota_and_tokens(mengbi, at_home):
    code, said, _ = mengbi("studio", "people", "add", "Frame-7", "--role", "viewer", "--quota", "3", "--no-password")
    assert code == 0 and "frame-7 is a viewer" in said
    secret = mengbi("studio", "people", "token", "frame-7", "--label", "the hall")[1].strip()
    with opened() as store:
        found = people.recognize(store, None, secret)
        assert (found.name, found.role, found.quota, found.password) == ("frame-7", "viewer", 3, False)
    assert "frame-7" in mengbi("studio", "people", "list")[1]
    listed = mengbi("studio", "people", "tokens", "frame-7")[1]
    assert "the hall" in listed and secret not in listed
    with opened() as store:
        (token,) = people.tokens_of(store, "frame-7")
    assert mengbi("studio", "people", "tokens", "frame-7", "--end", token.id)[0] == 0
    with opened() as store:
        assert people.recognize(store, None, secret) is None
    assert mengbi("studio", "people", "remove", "frame-7")[0] == 0
    assert "nobody yet" in mengbi("studio", "people", "list")[1]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "a/b", "--no-password"), "letters and digits"),
        (("token", "nobody"), "nobody here is called"),
        (("remove", "nobody"), "nobody here is called"),
        (("tokens", "nobody"), "nobody here is called"),
        (("tokens", "nobody", "--end", "xyz"), "the number of one"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(mengbi, at_home, arguments, why):
    code, _, said = mengbi("studio", "people", *arguments)
    assert code == 2 and why in said and said.count("\n") == 1


def test_a_password_is_kept_as_nothing_that_could_be_read(at_home):
    with opened() as store:
        people.add_person(store, "ada", password="correct horse")
        with store.reading() as connection:
            (kept,) = connection.exec_driver_sql("SELECT password FROM people").scalars()
        assert kept.startswith("$argon2id$") and "horse" not in kept
        assert people.recognize(store, "ADA", "correct horse").name == "ada"
        assert people.recognize(store, "ada", "Correct horse") is None
        people.add_person(store, "ada", password="battery staple")
        assert people.recognize(store, "ada", "correct horse") is None


def test_a_session_ends_by_itself_and_a_programs_token_does_not(at_home, monkeypatch):
    with opened() as store:
        people.add_person(store, "ada")
        browser, program = people.make_token(store, "ada", people.SESSION), people.make_token(store, "ada", "script")
        later = people.now() + (people.SESSION_DAYS + 1) * people.DAY
        monkeypatch.setattr(people, "now", lambda: later)
        assert people.recognize(store, None, browser) is None
        assert people.recognize(store, None, program).name == "ada"
