"""A real studio, a real browser, and a line between them that can be cut."""

import json

import pytest
from browsing import CHROMIUM, FLAGS, PASSWORD, PATIENCE, SCREENS, Asked, Brush, mengbi, running
from line import Line


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """The data folder and the address of a studio that all tests share."""
    home = tmp_path_factory.mktemp("studio")
    with running(home) as address:
        yield home, address


@pytest.fixture(scope="session")
def studio(house):
    """The address of that studio."""
    return house[1]


@pytest.fixture(scope="session")
def ask(studio):
    return Asked(studio)


@pytest.fixture
def brush(house):
    """The brush of that studio, which can be held still."""
    return Brush(house[0])


@pytest.fixture(autouse=True)
def nothing_is_left_to_paint(request):
    """No test waits for the jobs of another."""
    yield
    if "house" in request.fixturenames:
        home, address = request.getfixturevalue("house")
        Asked(address).clear()
        Brush(home).let_go()


@pytest.fixture(scope="session")
def fox(ask):
    """A picture that is in the gallery, painted by the usual engine in the usual size."""
    return ask.painted("A red fox in the snow", engine="sketch", size=None)


@pytest.fixture(scope="session")
def closed(tmp_path_factory):
    """The address of a studio that wants to know who comes, and its token.

    Vera only looks, Arthur paints, one picture a day; the gallery has a picture that neither of them painted.
    """
    home, token = tmp_path_factory.mktemp("closed"), "a-token-that-nobody-guesses"
    people = ["studio", "people", "add"]
    mengbi(home, *people, "vera", "--role", "viewer", "--password", said=f"{PASSWORD}\n")
    mengbi(home, *people, "arthur", "--quota", "1", "--password", said=f"{PASSWORD}\n")
    mengbi(home, "paint", "a green pear", "--size", "64x64", "--style", "none", "--out", str(home / "pear.png"))
    with running(home, "--workers", "0", MENGBI_TOKEN=token) as address:
        yield address, token


@pytest.fixture
def line(studio):
    """The way to the studio over a line that can be cut."""
    with Line(studio) as line:
        yield line


@pytest.fixture(scope="session")
def browser():
    driver = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    driver.expect.set_options(timeout=PATIENCE * 1000)
    with driver.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


DRAFTED = """try {
  localStorage["mengbi.draft"] ??= DRAFT;
} catch {
  // the blank page before the first has no storage
}"""
LISTENING = """new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      const toasts = node.matches?.(".toast") ? [node] : [...(node.querySelectorAll?.(".toast") ?? [])];
      for (const toast of toasts) (window.said ??= []).push(toast.textContent);
    }
  }
}).observe(document, { childList: true, subtree: true });"""


@pytest.fixture
def visit(browser):
    """Opens the page in a browser of its own: visit(address, "phone"). A fault in the page fails the test."""
    contexts, faults = [], []

    def opened(address, screen="desktop", language="en-US", workers="block", draft=None, **settings):
        width, height = SCREENS[screen]
        phone = {"has_touch": True, "is_mobile": True} if screen == "phone" else {}
        usual = {"viewport": {"width": width, "height": height}, "locale": language, "service_workers": workers}
        context = browser.new_context(**usual, **phone, **{"reduced_motion": "reduce", **settings})
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.add_init_script(LISTENING)
        if draft:  # as if it had been begun on an earlier visit
            context.add_init_script(DRAFTED.replace("DRAFT", json.dumps(json.dumps(draft))))
        page = context.new_page()
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture(params=["phone", "desktop"])
def screen(request):
    return request.param
