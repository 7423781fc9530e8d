"""The gallery, one picture and what is made of it, two pictures, and the work."""

import json
import re

import pytest
from browsing import PATIENCE

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


def open_picture(page, picture):
    page.goto(f"{page.url.split('#')[0]}#/picture/{picture['id']}")
    page.get_by_role("link", name="Save").wait_for()


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
    page.wait_for_url(re.compile(r"#/job/\d+"))
    return posted.value.json()


def test_seven_things_are_made_of_a_picture(visit, studio, ask, fox, screen):
    page = visit(studio, screen)
    for button, (_, kind) in SETTINGS.items():
        open_picture(page, fox)
        job = make(page, button)
        assert job["parents"] == [[fox["id"], kind]]
        brief = job["brief"]
        if button == "Poster":
            assert (brief["purpose"], brief["title"], brief["seal"]) == ("poster:a4", "The fox", "Ada")
        if button == "Card":
            assert (brief["purpose"], brief["title"], brief["vertical"]) == ("card", "狐", True)
        if button == "Wallpaper":
            assert brief["purpose"] == "wallpaper:phone"
        if button == "Restyle":
            assert brief["style"] == "linocut"
            page.wait_for_url(re.compile(r"#/picture/\d+"), timeout=PATIENCE)  # watched to its end
        else:
            ask(f"jobs/{job['id']}/cancel", method="POST")


@pytest.fixture(scope="session")
def pair(ask, fox):
    """A picture, and one that was made of it."""
    job = ask(f"pictures/{fox['id']}/again", {"how": "restyle", "style": "pencil"})
    return fox, ask.finished(job["id"])["pictures"][0]


def test_a_family_is_a_tree_and_two_of_it_are_compared(visit, studio, pair, screen):
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
    assert page.locator(".over-box").evaluate("(box) => box.style.getPropertyValue('--edge')") == "30%"
    edge.press("ArrowRight")
    assert edge.input_value() == "30.5"
    assert page.get_by_role("row", name="Style").inner_text().split("\t")[1:] == ["No style", "Pencil"]
    page.get_by_role("radio", name="Side by side").check()
    assert page.locator(".beside-box img").count() == 2


def test_a_picture_is_rated_liked_named_collected_and_deleted(visit, studio, ask, screen):
    from playwright.sync_api import expect

    picture = ask.painted(f"A paper boat, for the {screen}", size=[128, 128])
    page = visit(studio, screen)
    open_picture(page, picture)
    page.get_by_role("button", name="4 stars").click()
    page.locator(".star.lit").nth(3).wait_for()
    page.get_by_role("button", name="Favourite").click()
    page.get_by_role("button", name="Title and tags").click()
    page.get_by_label("Title", exact=True).fill("Little boat")
    page.get_by_role("textbox", name="Tags").fill("paper, rain，纸船")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("heading", name="Little boat").wait_for()
    page.get_by_role("button", name="Collect").click()
    page.get_by_label("A new collection").fill(f"Boats {screen}")
    page.get_by_role("button", name="Create it").click()
    page.get_by_text(f"In “Boats {screen}” now").wait_for()
    kept = ask(f"pictures/{picture['id']}")
    assert (kept["title"], kept["stars"], kept["favourite"]) == ("Little boat", 4, True)
    assert set(kept["tags"]) == {"paper", "rain", "纸船"}
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).not_to_have_url(re.compile("/picture/"))
    assert picture["id"] not in [one["id"] for one in ask("pictures?limit=200")["items"]]


def test_a_brief_is_taken_up_again(visit, studio, fox, screen):
    page = visit(studio, screen)
    open_picture(page, fox)
    page.get_by_role("button", name="Change the brief").click()
    assert page.get_by_label("Your dream in words").input_value() == "A red fox in the snow"
    assert page.locator(".strip").get_by_role("radio", name="No style").is_checked()


def test_the_gallery_is_searched_and_filtered(visit, studio, ask, fox, screen):
    from playwright.sync_api import expect

    words = f"鲸鱼在{'手机' if screen == 'phone' else '电脑'}上的夜空中游"
    whale = ask.painted(words, size=[128, 192])
    ask(f"pictures/{whale['id']}", {"favourite": True, "stars": 5}, "PATCH")
    page = visit(f"{studio}/#/gallery", screen)
    cells = page.locator(".cell")
    page.get_by_role("link", name=words).wait_for()
    search = page.get_by_role("searchbox", name="Search the pictures")
    search.fill(words[2:])
    expect(cells).to_have_count(1)
    search.fill("")
    page.get_by_role("link", name="A red fox in the snow").first.wait_for()
    page.get_by_role("button", name="Meaning").click()
    search.fill("a big animal of the sea")
    expect(page.locator(".cell a").first).to_have_accessible_name(re.compile("鲸鱼"))
    page.get_by_role("button", name="Meaning").click()
    search.fill("")
    page.get_by_role("button", name="Favourites").click()
    page.locator("select", has_text="Any rating").select_option("5")
    expect(page.get_by_role("link", name="A red fox in the snow")).to_have_count(0)
    page.get_by_role("link", name=words).wait_for()
    page.locator("select", has_text="Any style").select_option("linocut")
    page.get_by_text("No picture is like that").wait_for()
    page.get_by_role("button", name="Show everything").click()
    cells.nth(1).wait_for()
    page.get_by_role("button", name="Choose").click()
    page.get_by_role("button", name="A red fox in the snow").first.click()
    page.get_by_role("button", name=words).click()
    page.get_by_role("toolbar").get_by_role("button", name="Compare").click()
    page.wait_for_url("**/#/compare/*/*")
    page.go_back()
    page.get_by_role("link", name=words).click()
    page.wait_for_url(f"**/#/picture/{whale['id']}")
    page.get_by_role("link", name="Save").wait_for()
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(re.compile(f"/{whale['id']}$"))


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
  const frames = [];
  let most = 0, before = performance.now();
  const last = () => [...document.querySelectorAll(".cell a")].some((link) => link.ariaLabel === "Picture 99999");
  for (const began = before; !last() && before - began < 40000; ) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - before);
    before = now;
    most = Math.max(most, document.querySelectorAll(".cell").length);
    scrollBy(0, 150000);
  }
  frames.sort((a, b) => a - b);
  return { most, half: frames[frames.length >> 1], frames: frames.length, end: last() };
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
    assert seen["most"] < 250
    assert seen["half"] < 120, seen  # milliseconds a frame, while they are read and nothing is drawn by a GPU
    page.evaluate("scrollTo(0, 1000000)")
    page.locator(".cell a").nth(5).wait_for()
    page.wait_for_timeout(200)
    here = page.evaluate("scrollY")
    page.locator(".cell a").nth(page.locator(".cell a").count() // 2).click()
    page.wait_for_url("**/#/picture/*")
    page.go_back()
    page.locator(".cell a").first.wait_for()
    assert abs(page.evaluate("scrollY") - here) < 2  # the way back leads to the same place
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("link", name="Picture 0", exact=True).wait_for()


LAY = """async () => {
  const { between, fill, heightOf } = await import("./js/layout.js");
  const ratios = Array.from({ length: 100000 }, (_, at) => [1, 0.75, 1.78, 0.56, 2.6][at % 5]);
  const sizes = { width: 1216, height: 216, gap: 6 };
  const began = performance.now();
  const rows = fill([], ratios, sizes, false);
  const took = performance.now() - began;
  const widthOf = ({ first, count, height }) =>
    ratios.slice(first, first + count).reduce((a, b) => a + b) * height + sizes.gap * (count - 1);
  const widths = rows.filter((row) => row.full).map(widthOf);
  const parts = fill(fill([], ratios.slice(0, 777), sizes, true), ratios, sizes, false);
  return {
    took,
    count: rows.reduce((sum, row) => sum + row.count, 0),
    low: Math.min(...widths),
    high: Math.max(...widths),
    same: JSON.stringify(parts) === JSON.stringify(rows),
    seen: between(rows, 1e5, 1e5 + 800),
    height: heightOf(rows),
  };
}"""


def test_rows_fill_the_width_and_a_hundred_thousand_are_laid_out_at_once(visit, studio):
    page = visit(studio)
    laid = page.evaluate(LAY)
    assert laid["count"] == 100_000 and laid["same"] and laid["took"] < 1000
    assert laid["low"] > 1215.9 and laid["high"] < 1216.1
    assert 3 <= laid["seen"][1] - laid["seen"][0] <= 7


def test_work_can_be_paused_resumed_cancelled_and_tried_again(visit, studio, ask, screen):
    page = visit(f"{studio}/#/work", screen)
    slow = ask("jobs", {"brief": {"prompt": "A crowd", "style": "oil", "count": 6}, "priority": 9})  # holds the brush
    job = ask("jobs", {"brief": {"prompt": f"A snail on a {screen}", "style": "none", "size": [128, 128]}})
    row = page.get_by_role("listitem").filter(has_text=f"A snail on a {screen}")
    row.get_by_role("button", name="Pause").click()
    row.get_by_text("Paused").wait_for()
    row.get_by_role("button", name="Go on").click()
    row.get_by_text("Waiting its turn").wait_for()
    row.get_by_role("button", name="Cancel").click()
    row.get_by_text("Cancelled").wait_for()
    ask(f"jobs/{slow['id']}/cancel", method="POST")
    row.get_by_role("button", name="Try again").click()
    row.get_by_text("Finished").wait_for(timeout=PATIENCE)
    assert json.dumps(ask.finished(job["id"])["state"]) == '"done"'
    row.get_by_role("link").click()
    page.get_by_role("link", name="Save").wait_for()
