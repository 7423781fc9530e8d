"""The page for everybody: by keyboard, by ear, in two languages, by day and by night."""

import pytest
from browsing import SMALL, watch

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
KINDS = [("phone", "en-US", "light"), ("desktop", "zh-CN", "dark")]
AT_REST = "() => document.getAnimations().every(({ playState }) => playState !== 'running')"


def check(page, where):
    """Axe finds nothing, once everything has come to rest."""
    page.wait_for_function(AT_REST)
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
    said = [
        (one["id"], [node["html"][:160] + str(node["any"][:1])[:200] for node in one["nodes"][:3]])
        for one in found.response["violations"]
    ]
    assert not said, (where, said)


@pytest.mark.parametrize(("screen", "language", "light"), KINDS)
def test_axe_finds_nothing_anywhere(visit, studio, ask, fox, screen, language, light):
    page = visit(studio, screen, language, color_scheme=light, bypass_csp=True)  # axe itself is no script of ours
    page.locator(".style").first.wait_for()
    page.locator("#prompt").fill("落日归帆")
    check(page, "create")
    for number in range(3) if screen == "phone" else [1]:
        openers = (
            page.locator(".words-tools .chip").first,
            page.locator(".styles .link"),
            page.locator(".words-tools .chip").nth(2),
        )
        openers[number].click()
        page.get_by_role("dialog").wait_for()
        check(page, f"sheet {number}")
        page.keyboard.press("Escape")
    for number in range(1, 4) if screen == "phone" else [3]:
        page.locator(".tiles .tile").nth(number).click()
        page.get_by_role("dialog").wait_for()
        check(page, f"tile {number}")
        page.keyboard.press("Escape")
    page.locator(".head .round").click()
    page.get_by_role("dialog").wait_for()
    check(page, "settings")
    page.keyboard.press("Escape")
    for place, sign in places(fox, ask.of(fox["prompt"])[0]).items():
        page.goto(f"{studio}/#/{place}")
        page.locator(sign).first.wait_for()
        check(page, place)


def places(picture, job):
    """Every place of the page, and what says that it is there."""
    return {
        "create": ".style .thumb",
        "gallery": ".cell img.there",
        "work": ".job img",
        f"picture/{picture['id']}": ".whole .over.there",
        f"compare/{picture['id']}/{picture['id']}": ".differences",
        f"job/{job['id']}": ".whole .over.there, .canvas .final, .picture-words",
        "picture/999999": ".nothing",
    }


def test_axe_finds_nothing_at_the_door(visit, studio):
    page = visit(f"{studio}/login.html", "phone", bypass_csp=True)
    page.get_by_label("Name").wait_for()
    check(page, "door")


def test_a_picture_is_painted_and_liked_by_keyboard_alone(visit, studio, ask, fox):
    from playwright.sync_api import expect

    page = visit(studio, draft=SMALL | {"styles": [["oil", 1]]})
    page.locator(".style").first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to the contents, past the places
    page.keyboard.press("Tab")
    page.keyboard.type("A lantern")
    for _ in range(4):
        page.keyboard.press("Tab")
    for _ in range(10):  # past the tools, to the styles
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.type === 'radio'"):
            break
    page.keyboard.press("ArrowRight")
    expect(page.locator(".strip").get_by_role("radio", name="Starry night")).to_be_checked()
    page.locator("#prompt").focus()
    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        page.keyboard.press("Control+Enter")
    job = posted.value.json()
    assert (job["brief"]["prompt"], job["brief"]["style"]) == ("A lantern", "starry")
    picture = watch(page, ask, job)
    page.goto(f"{studio}/#/picture/{picture['id']}")
    page.get_by_role("button", name="Favourite").wait_for()
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search the pictures")).to_be_focused()


def test_a_sheet_keeps_the_focus_and_gives_it_back(visit, studio, screen):
    from playwright.sync_api import expect

    page = visit(studio, screen)
    opener = page.get_by_role("button", name="Options")
    opener.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Everything").wait_for()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))"
        )
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_language_and_light_are_changed_and_remembered(visit, studio, screen):
    from playwright.sync_api import expect

    page = visit(studio, screen)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("radio", name="中文").check()
    page.get_by_role("radio", name="深色").check()
    page.keyboard.press("Escape")
    page.reload()
    page.get_by_role("heading", name="梦见了什么？").wait_for()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(21, 19, 17)"


def test_nothing_is_wider_than_a_small_phone(visit, studio, ask, fox):
    page = visit(studio, "phone")
    page.set_viewport_size({"width": 320, "height": 568})
    for place, sign in places(fox, ask.of(fox["prompt"])[0]).items():
        page.goto(f"{studio}/#/{place}")
        page.locator(sign).first.wait_for()
        assert page.evaluate("() => document.documentElement.scrollWidth") == 320, place


def test_day_and_night_are_as_the_system_says_until_somebody_chooses(visit, studio):
    from playwright.sync_api import expect

    page = visit(studio, color_scheme="dark")
    paper = page.locator("body")
    expect(paper).to_have_css("background-color", "rgb(21, 19, 17)")
    page.emulate_media(color_scheme="light")
    expect(paper).to_have_css("background-color", "rgb(247, 244, 238)")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("radio", name="Dark").check()
    expect(paper).to_have_css("background-color", "rgb(21, 19, 17)")
    page.get_by_role("radio", name="Light").check()
    page.emulate_media(color_scheme="dark")
    expect(paper).to_have_css("background-color", "rgb(247, 244, 238)")


FIVE = """() => {
  const tabs = document.querySelector(".tabs");
  while (tabs.children.length < 5) tabs.append(tabs.lastElementChild.cloneNode(true));
  return [...tabs.children].map((tab) => [tab.offsetWidth, tab.scrollWidth]);
}"""


def test_a_small_phone_has_room_for_five_places(visit, studio):
    page = visit(studio, "phone")
    page.set_viewport_size({"width": 320, "height": 568})
    page.locator(".tabs .place").nth(2).wait_for()
    for width, needed in page.evaluate(FIVE):
        assert 48 <= width <= 64 and needed <= width
