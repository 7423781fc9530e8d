"""Avatars in the page: a face that follows words, traits and sliders, its children, and what is kept of it."""

import io
import json
import re

import pytest
from PIL import Image
from test_everybody import check

from mengbi.engine.avatar import cross, face_of

READY = ".avatar-form .faces .pick:nth-child(16) canvas[data-drawn]"


SEEN = """(one) => {
  const [inner, outer] = [one, one.closest(".scroll-x")].map((some) => some.getBoundingClientRect());
  return outer.left <= inner.left && inner.right <= outer.right;
}"""
"""Whether all of it is in sight, without scrolling aside."""


@pytest.fixture
def place(visit, studio):
    """Opens the place where faces are made, and waits for the first of them."""

    def opened(screen="desktop", **settings):
        page = visit(f"{studio}/#/avatar", screen, **settings)
        page.locator(READY).wait_for()
        return page

    return opened


def chip(page, name):
    return page.locator(".chip", has_text=re.compile(f"^{name}"))


def faces(answer):
    """Whether it is the answer to a question for one face."""
    return answer.url.endswith("/faces") and len(answer.request.post_data_json["faces"]) == 1


def asked(page, act):
    """What the server was asked to draw for that, and what it drew."""
    with page.expect_response(faces) as answered:
        act()
    return answered.value.request.post_data_json["faces"][0], answered.value.json()["items"][0]


def kept(page, ask, act):
    """The picture that comes of keeping a face, and its job."""
    with page.expect_response(
        lambda answer: answer.url.endswith("/jobs") and answer.request.method == "POST"
    ) as posted:
        act()
    job = ask.finished(posted.value.json()["id"])
    page.locator(f'.kept a[href="#/picture/{job["pictures"][0]["id"]}"] img').wait_for()
    return job["pictures"][0], job


def test_words_traits_sliders_and_chance_make_a_face_that_is_kept_as_it_was_seen(place, ask):
    from playwright.sync_api import expect

    page = place()
    _, shown = asked(page, lambda: page.get_by_label("Your face in words").fill("short blond hair, headphones"))
    assert {"short", "blond-hair"} <= set(shown["face"]["traits"])
    page.get_by_text("Not understood: headphones.").wait_for()
    expect(chip(page, r"short hair\s*\(is so\)")).to_have_attribute("aria-pressed", "false")
    for name in ("flat", "glasses", "surprised"):
        wish, shown = asked(page, chip(page, name).click)
    assert set(wish["face"]["traits"]) == {"flat", "glasses", "surprised"} <= set(shown["face"]["traits"])
    expect(chip(page, "glasses")).to_have_attribute("aria-pressed", "true")
    wish, _ = asked(page, lambda: page.get_by_label("Smile").press("ArrowRight"))
    assert wish["face"]["sliders"] == {"smile": 0.02}
    before = wish["face"]["seed"]
    wish, shown = asked(page, page.get_by_role("button", name="Another").click)
    assert wish["face"]["seed"] != before
    page.get_by_role("radio", name="Colour").check()
    page.locator("input[type=color]").fill("#102030")
    picture, job = kept(page, ask, page.get_by_role("button", name="Keep it").click)
    assert job["brief"]["engine"] == "avatar" and job["brief"]["prompt"] == "short blond hair, headphones"
    face = ask(f"pictures/{picture['id']}")["plan"]["samples"][0]["face"]
    assert face["seed"] == wish["face"]["seed"] and face["traits"] == shown["face"]["traits"]
    with page.expect_download() as saved:
        page.locator(".kept").get_by_role("link", name="Save").click()
    with Image.open(io.BytesIO(saved.value.path().read_bytes())) as image:
        assert image.size == (512, 512) and image.getpixel((2, 2)) == (0x10, 0x20, 0x30)


def test_what_was_not_understood_is_listed_as_the_language_does_and_leaves_room_for_the_face(place):
    page = place("phone")
    words = page.get_by_label("Your face in words")
    words.fill("headphones, a spaceship")
    page.get_by_text("Not understood: headphones, spaceship.").wait_for()
    asked(page, lambda: words.fill(", ".join(f"spaceship number {n}" for n in range(45))))
    said = page.locator(".avatar-stage p", has_text="number 44")
    said.wait_for()
    assert said.bounding_box()["height"] < 70


@pytest.mark.parametrize("cut", ["line", "browser"])
def test_words_that_nobody_heard_are_drawn_as_soon_as_somebody_does(visit, line, cut):
    page = visit(f"{line.address}/#/avatar")
    page.locator(READY).wait_for()
    went, came = {
        "line": (line.cut, line.mend),
        "browser": (lambda: page.context.set_offline(True), lambda: page.context.set_offline(False)),
    }[cut]
    went()
    with page.expect_request(lambda request: "faces" in request.url and len(request.post_data_json["faces"]) == 16):
        page.get_by_label("Your face in words").fill("bald, sunglasses")
    problem = page.locator(".toast", has_text="does not answer")
    problem.wait_for()
    page.wait_for_function("() => window.said.filter((one) => one.includes('does not answer')).length === 2")
    assert problem.count() == 1
    with page.expect_response(faces) as answered:
        came()
    assert {"bald", "sunglasses"} <= set(answered.value.json()["items"][0]["face"]["traits"])
    page.locator(".avatar-form .pick[aria-label*=bald]").nth(15).wait_for()


def test_however_fast_a_slider_is_dragged_what_it_was_dragged_to_is_seen(place):
    page = place()
    wishes, held = [], []

    def hold(route):
        (one, *others) = route.request.post_data_json["faces"]
        if others or wishes:
            route.continue_()
        else:
            held.append(route)
        wishes.append(one["face"].get("sliders"))

    page.route("**/api/v1/faces", hold)
    slider = page.get_by_label("Length of hair")
    with page.expect_request("**/api/v1/faces"):
        slider.fill("-0.1")
    for amount in ("-0.2", "-0.5", "-0.9"):
        slider.fill(amount)
    with page.expect_response(lambda answer: faces(answer) and '"hair":-0.9' in answer.request.post_data):
        held[0].continue_()
    assert wishes[0] == {"hair": -0.1} and {wish["hair"] for wish in wishes[1:]} == {-0.9}


def test_a_face_of_sixteen_is_taken_and_a_photo_that_tells_nothing_leaves_it_as_it_is(place, tmp_path):
    page = place()
    with page.expect_response(lambda answer: answer.url.endswith("/faces")) as others:
        page.get_by_role("button", name="Sixteen others").click()
    wanted = others.value.request.post_data_json["faces"]
    assert len(wanted) == 16 and len({one["face"]["seed"] for one in wanted}) == 16
    third = page.locator(".avatar-form .pick").nth(2)
    page.wait_for_function("() => document.querySelector('.avatar-form .pick.chosen') === null")
    wish, _ = asked(page, third.click)
    assert wish["face"]["seed"] == wanted[2]["face"]["seed"]
    Image.new("RGB", (300, 300), "#2040c0").save(tmp_path / "sky.png")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Like a photo").click()
    chooser.value.set_files(tmp_path / "sky.png")
    page.get_by_text("There is no face to be seen in the photo").wait_for()
    assert third.get_attribute("aria-pressed") == "true"


def test_two_of_the_gallery_have_a_child_that_stands_under_both(visit, studio, ask):
    wishes, old = {"engine": "avatar", "size": [64, 64], "style": "none"}, face_of("", 1)
    for seed in range(11, 16):  # as old as a family can be
        old = cross(old, face_of("", seed), seed)
    parents = [ask.painted("", **wishes, face=face)["id"] for face in (old.to_dict(), {"seed": 2})]
    page = visit(f"{studio}/#/avatar", "phone", language="zh-CN")
    page.locator(READY).wait_for()
    page.get_by_role("button", name="相合").click()
    for parent in parents:
        page.get_by_role("button", name=f"第 {parent} 幅").click()
    page.get_by_text("已选 2 幅").wait_for()
    page.get_by_role("dialog").locator(".main").click()
    page.get_by_text("它们的孩子：选一个").wait_for()
    wish, shown = asked(page, page.locator("dialog .faces").first.locator(".pick").nth(4).click)
    assert {2} < set(shown["face"]["genes"]) <= {2, *old.genes}
    assert [one["seed"] for one in wish["face"]["parents"]] == [15, 2]
    page.locator(".tree .member").nth(2).wait_for()
    picture, _ = kept(page, ask, page.get_by_role("button", name="存入画廊").click)
    told = ask(f"pictures/{picture['id']}")
    assert told["family"]["parents"] == [{"id": one, "kind": "cross"} for one in parents]
    assert told["plan"]["samples"][0]["face"]["genes"] == shown["face"]["genes"]
    page.goto(f"{studio}/#/picture/{picture['id']}")
    page.get_by_role("heading", name="由来").wait_for()
    page.locator(".tree canvas[data-drawn]").nth(2).wait_for()
    wish, _ = asked(page, page.get_by_role("button", name="修改画意").click)
    assert wish["face"]["genes"] == shown["face"]["genes"]


def test_a_tree_wider_than_a_phone_opens_where_its_own_face_stands(visit, studio, ask):
    born = [face_of("", seed) for seed in range(1, 9)]
    while len(born) > 1:
        born = [cross(one, other, one.seed) for one, other in zip(born[::2], born[1::2], strict=True)]
    picture = ask.painted("", engine="avatar", size=[64, 64], style="none", face=born[0].to_dict())
    page = visit(f"{studio}/#/picture/{picture['id']}", "phone")
    page.locator(".tree canvas[data-drawn]").nth(14).wait_for()
    assert page.locator(".tree .here").evaluate(SEEN)


def test_a_pack_is_the_same_face_in_every_mood_of_its_look(place, ask):
    page = place()
    _, shown = asked(page, chip(page, "comic").click)
    page.get_by_role("button", name="Moods").click()
    page.locator("dialog .pack li:nth-child(8) canvas[data-drawn]").wait_for()
    page.get_by_role("button", name="Keep 8 stickers").click()
    page.get_by_text("8 stickers are on their way").wait_for()
    jobs = [job for job in ask.jobs() if job["brief"].get("purpose") == "sticker"][:8]
    same = {json.dumps([job["brief"]["face"]["seed"], job["brief"]["face"].get("genes")]) for job in jobs}
    assert len({json.dumps(job["brief"]["face"]["traits"], sort_keys=True) for job in jobs}) == 8 and len(same) == 1
    assert all(job["brief"]["face"]["seed"] == shown["face"]["seed"] for job in jobs)


@pytest.mark.parametrize(("screen", "language", "light"), [("phone", "zh-CN", "dark"), ("desktop", "en-US", "light")])
def test_axe_finds_nothing_where_faces_are_made(place, screen, language, light):
    page = place(screen, language=language, color_scheme=light, bypass_csp=True)
    check(page, "avatar")
    for number in (1, 2):
        page.locator(".avatar-tools .tile").nth(number).click()
        page.locator("dialog canvas[data-drawn]").nth(6).wait_for()
        check(page, f"sheet {number}")
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 320, "height": 568})
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
