"""A real studio, a real browser, and a line between them that can be cut."""

import pytest
from browsing import CHROMIUM, FLAGS, SCREENS, Asked, running
from line import Line


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """The address of a studio that all tests share."""
    with running(tmp_path_factory.mktemp("studio")) as address:
        yield address


@pytest.fixture(scope="session")
def ask(studio):
    return Asked(studio)


@pytest.fixture(scope="session")
def fox(ask):
    """A picture that is in the gallery."""
    return ask.painted("A red fox in the snow")


@pytest.fixture(scope="session")
def closed(tmp_path_factory):
    """The address of a studio that wants a token, and the token."""
    token = "a-token-that-nobody-guesses"
    with running(tmp_path_factory.mktemp("closed"), "--workers", "0", MENGBI_TOKEN=token) as address:
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
    with driver.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


DRAFT = """try {
  localStorage["mengbi.draft"] ??= '{"styles": [["STYLE", 1]]}';
} catch {
  // the blank page before the first has no storage
}"""


@pytest.fixture
def visit(browser):
    """Opens the page in a browser of its own: visit(address, "phone"). A fault in the page fails the test."""
    contexts, faults = [], []

    def opened(address, screen="desktop", language="en-US", workers="block", style=None, **settings):
        width, height = SCREENS[screen]
        phone = {"has_touch": True, "is_mobile": True} if screen == "phone" else {}
        usual = {"viewport": {"width": width, "height": height}, "locale": language, "service_workers": workers}
        context = browser.new_context(**usual, **phone, reduced_motion="reduce", **settings)
        context.set_default_timeout(20_000)
        contexts.append(context)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        if style:  # as if it had been chosen on an earlier visit
            context.add_init_script(DRAFT.replace("STYLE", style))
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
