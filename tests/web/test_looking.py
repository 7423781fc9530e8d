"""The gallery, one picture and what is made of it, two pictures, and the work."""

import re
from contextlib import suppress

import pytest
from browsing import heard

SETTINGS = {
    "Try again": ({}, "retry"),
    "Vary": ({}, "variation"),
    "Restyle": ({}, "restyle"),
    "Enlarge": ({}, "enlarge"),
    "Wallpaper": ({"Screen": "phone"}, "keep"),
    "Poster": ({"Paper": "a4", "Title": "The fox", "Name in the seal": "Ada"}, "keep"),
    "Card": ({"Title": "狐", "From top to bottom": True}, "keep"),
}
"""What each button is told in its sheet, and how the new picture is related to the old one."""


def open_picture(page, picture, sign="Save"):
    page.goto(f"{page.url.split('#')[0]}#/picture/{picture['id']}")
    page.get_by_role("link", name=sign).wait_for()


def make(page, button):
    """Has something made of the picture that is open; the job."""
    told, _ = SETTINGS[button]
    with page.expect_response(lambda answer: answer.url.endswith("/again")) as posted:
        page.get_by_role("group", name="Make of it").get_by_role("button", name=button, exact=True).click()
        if button == "Restyle":
            page.get_by_role("button", name="Linocut").click()
        for label, value in told.items():
            if value is True:
                page.get_by_role("switch", name=label).check()
            elif label in ("Screen", "Paper"):
                page.get_by_role("combobox", name=label).select_option(value)
            else:
                page.get_by_role("textbox", name=label).fill(value)
        if button == "Enlarge":
            page.get_by_role("dialog").get_by_role("radio", name="×2").check()
            page.get_by_role("dialog").get_by_role("button", name="Enlarge").click()
        elif told:
            page.get_by_role("button", name="Make it").click()
    return posted.value.json()


def test_seven_things_are_made_of_a_picture(visit, studio, ask, brush, screen):
    from playwright.sync_api import expect

    hen = ask.painted(f"A hen, for the {screen}")
    page = visit(studio, screen)
    with brush.held():
        for button, (_, kind) in SETTINGS.items():
            open_picture(page, hen)
            job = make(page, button)
            expect(page).not_to_have_url(re.compile(f"#/picture/{hen['id']}$"))
            assert job["parents"] == [[hen["id"], kind]]
            brief = job["brief"]
            if button == "Poster":
                assert (brief["purpose"], brief["title"], brief["seal"]) == ("poster:a4", "The fox", "Ada")
            if button == "Card":
                assert (brief["purpose"], brief["title"], brief["vertical"]) == ("card", "狐", True)
            if button == "Wallpaper":
                assert brief["purpose"] == "wallpaper:phone"
            if button == "Restyle":
                assert brief["style"] == "linocut"
        ask.clear()
    open_picture(page, hen)
    job = make(page, "Vary")
    [varied] = ask.finished(job["id"])["pictures"]
    page.wait_for_url(f"**/#/picture/{varied['id']}")  # watched to its end


@pytest.fixture(scope="session")
def pair(ask):
    """A picture, and one that was made of it."""
    one = ask.painted("A pair of gloves")
    job = ask(f"pictures/{one['id']}/again", {"how": "restyle", "style": "pencil"})
    return one, ask.finished(job["id"])["pictures"][0]


def test_a_family_is_a_tree_and_two_of_it_are_compared(visit, studio, pair, screen):
    from playwright.sync_api import expect

    one, other = pair
    page = visit(studio, screen)
    open_picture(page, other)
    tree = page.get_by_role("group", name="Family")
    tree.get_by_role("link", name=f"Picture {other['id']}: This one").wait_for()
    tree.get_by_role("link", name=f"Picture {one['id']}: The first").click()
    page.wait_for_url(f"**/#/picture/{one['id']}")
    page.goto(f"{studio}/#/compare/{one['id']}/{other['id']}")
    edge = page.get_by_role("slider", name="Move the edge")
    edge.fill("30")
    expect(page.locator(".over-box")).to_have_attribute("style", re.compile("--edge: 30%"))
    edge.press("ArrowRight")
    expect(edge).to_have_value("30.5")
    expect(page.get_by_role("row", name="Style").get_by_role("cell")).to_have_text(["No style", "Pencil"])
    page.get_by_role("radio", name="Side by side").check()
    expect(page.locator(".beside-box img")).to_have_count(2)


def test_a_picture_is_rated_liked_named_collected_and_deleted(visit, studio, ask, screen):
    from playwright.sync_api import expect

    picture = ask.painted(f"A paper boat, for the {screen}")
    page = visit(studio, screen)
    open_picture(page, picture)
    page.get_by_role("button", name="4 stars").click()
    page.locator(".star.lit").nth(3).wait_for()
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.get_by_role("button", name="Favourite").click()
    page.get_by_role("button", name="Title and tags").click()
    page.get_by_label("Title", exact=True).fill("Little boat")
    page.get_by_role("textbox", name="Tags").fill("paper, rain，纸船")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("heading", name="Little boat").wait_for()
    page.get_by_role("button", name="Collect").click()
    page.get_by_label("A new collection").fill(f"Boats {screen}")
    page.get_by_role("button", name="Create it").click()
    heard(page, f"In “Boats {screen}” now")
    kept = ask(f"pictures/{picture['id']}")
    assert (kept["title"], kept["stars"], kept["favourite"]) == ("Little boat", 4, True)
    assert set(kept["tags"]) == {"paper", "rain", "纸船"}
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).not_to_have_url(re.compile("/picture/"))
    assert picture["id"] not in [one["id"] for one in ask("pictures?limit=200")["items"]]


def test_a_brief_is_taken_up_again(visit, studio, fox, screen):
    from playwright.sync_api import expect

    page = visit(studio, screen)
    open_picture(page, fox)
    page.get_by_role("button", name="Change the brief").click()
    expect(page.get_by_label("Your dream in words")).to_have_value("A red fox in the snow")
    expect(page.locator(".strip").get_by_role("radio", name="No style")).to_be_checked()


def test_the_gallery_is_searched_and_filtered(visit, studio, ask, screen):
    from playwright.sync_api import expect

    hen, words = f"A brown hen on a {screen}", f"鲸鱼在{'手机' if screen == 'phone' else '电脑'}上的夜空中游"
    ask.painted(hen)
    whale = ask.painted(words, size=[128, 192])
    ask(f"pictures/{whale['id']}", {"favourite": True, "stars": 5}, "PATCH")
    page = visit(f"{studio}/#/gallery", screen)
    cells = page.locator(".cell")
    page.get_by_role("link", name=words).wait_for()
    search = page.get_by_role("searchbox", name="Search the pictures")
    search.fill(words[2:])
    expect(cells).to_have_count(1)
    search.fill("")
    page.get_by_role("link", name=hen).wait_for()
    page.get_by_role("button", name="Meaning").click()
    search.fill("whales")
    expect(page.locator(".cell a").first).to_have_accessible_name(re.compile("鲸鱼"))
    page.get_by_role("button", name="Meaning").click()
    search.fill("")
    page.get_by_role("button", name="Favourites").click()
    page.locator("select", has_text="Any rating").select_option("5")
    expect(page.get_by_role("link", name=hen)).to_have_count(0)
    page.get_by_role("link", name=words).wait_for()
    page.locator("select", has_text="Any style").select_option("linocut")
    page.get_by_text("No picture is like that").wait_for()
    page.get_by_role("button", name="Show everything").click()
    page.get_by_role("link", name=hen).wait_for()
    page.get_by_role("button", name="Choose").click()
    page.get_by_role("button", name=hen).click()
    page.get_by_role("button", name=words).click()
    page.get_by_role("toolbar").get_by_role("button", name="Compare").click()
    page.wait_for_url("**/#/compare/*/*")
    page.go_back()
    page.get_by_role("link", name=words).click()
    page.wait_for_url(f"**/#/picture/{whale['id']}")
    page.get_by_role("link", name="Save").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name=hen).wait_for()


def drag(page, way, start=(195, 300)):
    """A finger on the glass: from where it begins, so many pixels that way."""
    finger = page.context.new_cdp_session(page)
    points = [{"x": start[0] + way[0] * part / 8, "y": start[1] + way[1] * part / 8} for part in range(9)]
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for point in points[1:]:
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_leads_from_picture_to_picture_and_scrolls_up_and_down(visit, studio, ask):
    from playwright.sync_api import expect

    left = [ask.painted(f"Leaf {number}, under a finger") for number in range(3)]
    newest, middle, oldest = reversed(left)
    page = visit(studio, "phone")
    open_picture(page, middle)  # as by a link: the gallery was never looked at
    page.get_by_role("link", name="Next").wait_for()
    drag(page, (-150, 10))
    page.get_by_role("heading", name=oldest["prompt"]).wait_for()
    drag(page, (150, -10))
    page.get_by_role("heading", name=middle["prompt"]).wait_for()
    drag(page, (20, 0))  # too little
    drag(page, (40, -200))  # up: the page scrolls
    page.wait_for_function("() => scrollY > 100")
    page.evaluate("scrollTo(0, 0)")
    drag(page, (150, 0))
    page.get_by_role("heading", name=newest["prompt"]).wait_for()
    drag(page, (200, 0))  # nothing is newer
    expect(page.get_by_role("heading", name=newest["prompt"])).to_be_visible()
    expect(page.locator(".picture-frame")).not_to_have_class(re.compile("swiping"))


def test_how_a_picture_was_painted_is_walked_through_step_by_step(visit, studio, ask, screen):
    from playwright.sync_api import expect

    picture = ask.painted(f"A pine on a hill, seen on a {screen}")
    many = len(ask(f"pictures/{picture['id']}/steps")["items"])
    assert many >= 3
    page = visit(studio, screen)
    open_picture(page, picture)
    opener = page.get_by_role("button", name="See how it was painted")
    opener.click()
    walk = page.get_by_role("slider", name="See how it was painted")
    expect(walk).to_have_attribute("aria-valuetext", f"Step 1 of {many}")
    expect(page.get_by_role("button", name="Play")).to_have_count(0)  # who wants no motion walks by hand
    page.keyboard.press("ArrowRight")
    expect(walk).to_have_attribute("aria-valuetext", f"Step 2 of {many}")
    expect(page.locator(".step.there")).to_have_count(2)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".step.there")).to_have_count(1)
    walk.fill(str(many))
    expect(walk).to_have_attribute("aria-valuetext", "Finished")
    expect(page.locator(".step.there")).to_have_count(0)  # the picture itself is there
    walk.press("ArrowLeft")
    expect(page.locator(".step.there")).to_have_count(many)
    page.locator(".walk").get_by_role("button", name="Close").click()
    expect(page.locator(".step")).to_have_count(0)
    expect(opener).to_have_attribute("aria-pressed", "false")


def test_how_a_picture_was_painted_plays_to_its_end(visit, studio, ask):
    from playwright.sync_api import expect

    picture = ask.painted("A pine on a hill, played")
    page = visit(studio, language="zh-CN", reduced_motion="no-preference")
    open_picture(page, picture, "保存")
    page.get_by_role("button", name="看它如何画成").click()
    walk = page.get_by_role("slider", name="看它如何画成")
    expect(walk).to_have_attribute("aria-valuetext", "完成")
    page.get_by_role("button", name="播放").wait_for()


MANY = """(many) => {
  const asked = fetch;
  window.fetch = async (address, how) => {
    const place = new URL(address, location.href);
    if (!place.pathname.endsWith("/api/v1/pictures")) return asked(address, how);
    const first = Number(place.searchParams.get("cursor") ?? 0);
    const limit = 5000;
    const items = Array.from({ length: Math.min(limit, many - first) }, (_, at) => ({
      id: many - first - at, size: [[768, 768], [664, 888], [1024, 576], [576, 1024]][(first + at) % 4],
      prompt: `Picture ${first + at}`, title: "", style: "oil", favourite: false, missing: false,
    }));
    const next = first + limit < many ? String(first + limit) : null;
    return new Response(JSON.stringify({ items, next }), { headers: { "Content-Type": "application/json" } });
  };
}"""
SCROLL = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const last = () => [...document.querySelectorAll(".cell a")].some((link) => link.ariaLabel === "Picture 99999");
  const seen = { most: 0, drawn: 0, end: false };
  let drawn = 0;
  const watch = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) drawn += node.querySelectorAll ? 1 + node.querySelectorAll("*").length : 0;
    }
  });
  watch.observe(document.querySelector(".album"), { childList: true, subtree: true });
  for (let frames = 0; !seen.end && frames < 20000; frames += 1) {
    drawn = 0;
    scrollBy(0, 150000);
    await frame();
    seen.most = Math.max(seen.most, document.querySelectorAll(".cell").length);
    seen.drawn = Math.max(seen.drawn, drawn);
    seen.end = last();
  }
  return seen;
}"""
OPEN = """() => {
  const inside = ({ top, bottom }) => top > 100 && bottom < innerHeight - 100;
  const link = [...document.querySelectorAll(".cell a")].find((one) => inside(one.getBoundingClientRect()));
  if (!link || scrollY !== 1000000) return null;
  link.click();
  return { place: link.hash };
}"""


def test_a_hundred_thousand_pictures_scroll_past_and_few_are_in_the_page(visit, studio, screen):
    page = visit("about:blank", screen)
    page.add_init_script(f"({MANY})(100000)")
    net = page.context.new_cdp_session(page)
    net.send("Network.enable")
    net.send("Network.setBlockedURLs", {"urls": ["*/thumb"]})  # what a picture costs is not the gallery's doing
    page.goto(f"{studio}/#/gallery")
    page.locator(".cell").first.wait_for()
    seen = page.evaluate(SCROLL)
    assert seen["end"], seen
    assert seen["most"] < 250  # cells in the page
    assert seen["drawn"] < 1500, seen  # elements that a frame has to make
    page.evaluate("scrollTo(0, 1000000)")
    opened = page.wait_for_function(OPEN).json_value()
    page.wait_for_url(f"**/{opened['place']}")
    page.go_back()
    page.locator(f'.cell a[href="{opened["place"]}"]').wait_for()
    assert abs(page.evaluate("scrollY") - 1000000) < 2  # the way back leads to the same place
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("link", name="Picture 0", exact=True).wait_for()


LAY = """async () => {
  const { between, fill, heightOf } = await import("./js/layout.js");
  const ratios = Array.from({ length: 100000 }, (_, at) => [1, 0.75, 1.78, 0.56, 2.6][at % 5]);
  const sizes = { width: 1216, height: 216, gap: 6 };
  const rows = fill([], ratios, sizes, false);
  const widthOf = ({ first, count, height }) =>
    ratios.slice(first, first + count).reduce((a, b) => a + b) * height + sizes.gap * (count - 1);
  const widths = rows.filter((row) => row.full).map(widthOf);
  const parts = fill(fill([], ratios.slice(0, 777), sizes, true), ratios, sizes, false);
  return {
    count: rows.reduce((sum, row) => sum + row.count, 0),
    low: Math.min(...widths),
    high: Math.max(...widths),
    same: JSON.stringify(parts) === JSON.stringify(rows),
    seen: between(rows, 1e5, 1e5 + 800),
    height: heightOf(rows),
  };
}"""


def test_rows_fill_the_width_however_many_there_are(visit, studio):
    page = visit(studio)
    laid = page.evaluate(LAY)
    assert laid["count"] == 100_000 and laid["same"]
    assert laid["low"] > 1215.9 and laid["high"] < 1216.1
    assert 3 <= laid["seen"][1] - laid["seen"][0] <= 7


def test_what_is_to_be_known_of_a_finished_job_is_no_failure(visit, studio, ask, screen):
    from playwright.sync_api import Error, expect

    ask.painted(f"A veil on a {screen}")
    page = visit("about:blank", screen, "zh-CN")

    def blurred(route):
        said = ask(route.request.url.partition("/api/v1/")[2])
        for job in said["items"]:
            if job["brief"]["prompt"] == f"A veil on a {screen}":
                job["note"] = "picture 1 is blurred: it looks pornographic to the filter"
                job["problem"] = {"code": "blurred", "params": {"pictures": [1], "scores": [0.93]}}
        with suppress(Error):  # whoever asked may be gone by now
            route.fulfill(json=said)

    page.route("**/api/v1/jobs?*", blurred)
    page.goto(f"{studio}/#/work")
    row = page.get_by_role("listitem").filter(has_text=f"A veil on a {screen}")
    expect(row.locator(".notice")).to_have_text("图片过滤器遮挡了第 1 幅，只留下色彩。")
    row.get_by_text("完成").wait_for()
    expect(row.locator(".bad")).to_have_count(0)
    expect(row.get_by_role("button")).to_have_count(0)


def test_work_can_be_paused_resumed_cancelled_and_tried_again(visit, studio, ask, brush, screen):
    page = visit(f"{studio}/#/work", screen)
    with brush.held():
        ask.wanted(f"A crowd, for the {screen}", priority=9)
        job = ask.wanted(f"A snail on a {screen}")
        page.get_by_role("listitem").filter(has_text="A crowd, for").get_by_role("progressbar").wait_for()
        row = page.get_by_role("listitem").filter(has_text=f"A snail on a {screen}")
        row.get_by_role("button", name="Pause").click()
        row.get_by_text("Paused").wait_for()
        row.get_by_role("button", name="Go on").click()
        row.get_by_text("Waiting its turn").wait_for()
        row.get_by_role("button", name="Cancel").click()
        row.get_by_text("Cancelled").wait_for()
    row.get_by_role("button", name="Try again").click()
    row.get_by_text("Finished").wait_for()
    [picture] = ask.finished(job["id"])["pictures"]
    row.get_by_role("link").click()
    page.wait_for_url(f"**/#/picture/{picture['id']}")
    page.get_by_role("link", name="Save").wait_for()
