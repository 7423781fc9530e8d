"""Lines that are cut, tabs that are closed, two browsers at once: the work goes on, and nothing is done twice."""

import re

from browsing import SMALL, heard, watch

BANNER = "The studio cannot be heard"
WORDS = "Your dream in words"


def create(page, words, count=1):
    """Asks for so many small pictures, as a person does."""
    page.get_by_label(WORDS).fill(words)
    if count > 1:
        page.get_by_role("button", name="Options").click()
        page.get_by_role("group", name="Pictures").get_by_role("radio", name=str(count), exact=True).check()
        page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Create", exact=True).click()


def row_of(page, words):
    return page.get_by_role("listitem").filter(has_text=words)


def test_a_line_that_is_cut_in_the_middle_of_painting_loses_nothing(visit, line, ask, brush, screen):
    page = visit(line.address, screen, draft=SMALL)
    first, second = f"Ships, cut off on a {screen}", f"A ship in a bottle on a {screen}"
    with brush.held():
        create(page, first, 4)
        page.locator(".canvas .layer[src*=preview]").first.wait_for()
        line.cut()
        page.get_by_text(BANNER).wait_for()
        page.get_by_role("link", name="Create").first.click()
        create(page, second)
        heard(page, "Waits here until the studio is back")
        page.get_by_role("link", name="Work").first.click()
        page.get_by_role("heading", name="Waits to be sent").wait_for()
        assert ask.of(second) == []
        line.mend()
        page.get_by_text(BANNER).wait_for(state="detached")
        page.get_by_role("heading", name="Waits to be sent").wait_for(state="detached")
        row_of(page, first).get_by_role("progressbar").wait_for()
        row_of(page, second).get_by_text("Waiting its turn").wait_for()
    for words in (first, second):
        row_of(page, words).get_by_text("Finished").wait_for()
        assert len(ask.of(words)) == 1
    assert len(ask.finished(ask.of(first)[0]["id"])["pictures"]) == 4


def test_an_answer_that_was_lost_does_not_paint_twice(visit, line, ask):
    page = visit(line.address, draft=SMALL)
    words = "A clock without hands"
    lost = []

    def lose(route):
        if not lost and route.request.method == "POST":
            lost.append(route.fetch())  # the studio has it, and the page never hears of it
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/jobs", lose)
    create(page, words)
    heard(page, "Waits here until the studio is back")
    assert page.evaluate("JSON.parse(localStorage['mengbi.outbox']).length") == 1
    line.cut()
    line.mend()
    page.wait_for_function("() => localStorage['mengbi.outbox'] === '[]'")
    assert len(ask.of(words)) == 1
    watch(page, ask, ask.of(words)[0])


def test_a_page_that_is_loaded_anew_while_painting_goes_on_where_it_was(visit, studio, brush, screen):
    page = visit(studio, screen, draft=SMALL)
    with brush.held():
        create(page, f"Two trees, loaded anew on a {screen}", 2)
        page.locator(".canvas .layer[src*=preview]").first.wait_for()
        page.reload()
        page.get_by_role("progressbar").wait_for()
        page.locator(".canvas .layer[src*=preview]").first.wait_for()
    page.locator(".several img").nth(1).wait_for()


ONE_MORE = """() => new Promise((heard) => {
  const source = new EventSource("api/v1/events");
  let count = 0;
  source.addEventListener("progress", () => (count += 1) === 3 && (source.close(), heard()));
})"""


def test_news_of_a_job_may_come_before_the_job_itself(visit, studio, ask, brush, screen):
    page = visit("about:blank", screen)
    late, come = [], []
    page.route("**/api/v1/jobs?*", lambda route: route.continue_() if come else late.append(route))
    with brush.held():
        job = ask.wanted(f"A letter that is late, on a {screen}")
        page.goto(f"{studio}/#/job/{job['id']}")
        page.evaluate(ONE_MORE)
        come.append(True)
        for route in late:
            route.continue_()
        page.get_by_role("progressbar").wait_for()
        page.locator(".canvas .layer[src*=preview]").first.wait_for()
    watch(page, ask, job)


def test_an_answer_that_comes_late_does_not_undo_what_was_heard_meanwhile(visit, studio, ask, brush, fox):
    from playwright.sync_api import expect

    page = visit("about:blank")
    late = []
    page.route("**/api/v1/jobs?*", lambda route: late.append((route, route.fetch())))
    words = "A snail overtakes a letter"
    with brush.held():
        job = ask.wanted(words)
        page.goto(f"{studio}/#/work")
        page.evaluate(ONE_MORE)
        while len(late) < 5:  # the list itself, and four of what is under way and what was last
            page.wait_for_timeout(50)
    ask.finished(job["id"])
    row_of(page, words).get_by_text("Finished").wait_for()
    for route, answer in late:
        route.fulfill(response=answer)
    row_of(page, fox["prompt"]).first.wait_for()
    expect(row_of(page, words).get_by_text("Finished")).to_be_visible()
    expect(row_of(page, words).get_by_role("progressbar")).to_have_count(0)


def test_what_one_browser_asks_for_is_seen_in_the_other(visit, studio, ask):
    phone, desktop = visit(f"{studio}/#/gallery", "phone"), visit(f"{studio}/#/work", "desktop")
    phone.locator(".filters").wait_for()
    words = "A kite over the sea, seen twice"
    job = ask.wanted(words)
    row_of(desktop, words).get_by_text("Finished").wait_for()
    phone.get_by_role("link", name=words).wait_for()  # without being loaded anew
    later = visit(f"{studio}/#/job/{job['id']}", "phone")  # the tab was closed; this is another device
    later.wait_for_url(re.compile(r"#/picture/\d+"))


def test_what_was_painted_before_a_page_could_hear_of_it_is_in_its_gallery(visit, studio, ask, fox):
    page = visit("about:blank")
    page.route("**/api/v1/events*", lambda route: route.abort())
    page.goto(f"{studio}/#/gallery")
    page.locator(".cell").first.wait_for()
    words = "A bell that nobody heard"
    ask.painted(words)
    page.unroute("**/api/v1/events*")
    page.get_by_role("link", name=words).wait_for()


def test_one_tab_hears_for_all_and_another_takes_over(visit, studio, ask):
    first = visit("about:blank")
    listening = []
    first.context.on("request", lambda request: listening.append(request.url) if "/v1/events" in request.url else None)
    tabs = [first, *(first.context.new_page() for _ in range(2))]
    for tab in tabs:
        tab.goto(f"{studio}/#/work")
        tab.get_by_role("heading", name="Work", exact=True).wait_for()
    words = "A relay of three runners"
    ask.painted(words)
    row_of(tabs[-1], words).get_by_text("Finished").wait_for()
    assert len(listening) == 1
    first.close()
    words = "The second of three runners"
    ask.painted(words)
    for tab in tabs[1:]:
        row_of(tab, words).get_by_text("Finished").wait_for()
    assert len(listening) == 2 and "after=" in listening[1]


KEPT = """async (parts) => {
  const found = (await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))).flat();
  return parts.every((part) => found.some(({ url }) => url.endsWith(part)));
}"""


def test_the_gallery_is_there_without_the_studio(visit, line, fox, screen):
    page = visit(f"{line.address}/#/gallery", screen, workers="allow")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # now the worker sees it all
    page.locator(".cell img.there").first.wait_for()
    page.locator(".cell a").first.click()
    page.locator(".whole .over.there").wait_for()
    number = page.url.rsplit("/", 1)[1]
    page.reload()
    page.locator(".whole .over.there").wait_for()
    shown = [f"/pictures/{number}{part}" for part in ("", "/file", "/thumb")]
    page.wait_for_function(KEPT, arg=[*shown, "/jobs?limit=50", "/me", "/options", "limit=60&q="])
    line.cut()
    page.reload()
    page.locator(".whole .over.there").wait_for()
    page.get_by_role("link", name="Gallery").first.click()
    page.locator(".cell img.there").first.wait_for()
