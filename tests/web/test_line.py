"""Lines that are cut, tabs that are closed, two browsers at once: the work goes on, and nothing is done twice."""

import re

from browsing import PATIENCE

BANNER = "The studio cannot be heard"


def ask_for(page, words, count):
    """Several small pictures: that takes its time, and shows something soon."""
    page.get_by_label("Your dream in words").fill(words)
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Width").fill("256")
    page.get_by_label("Height").fill("256")
    page.get_by_role("group", name="Pictures").get_by_role("radio", name=str(count), exact=True).check()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Create", exact=True).click()


def of(ask, words):
    return [job for job in ask.jobs() if job["brief"]["prompt"] == words]


def test_a_line_that_is_cut_in_the_middle_of_painting_loses_nothing(visit, line, ask, screen):
    page = visit(line.address, screen)
    first, second = f"Ships, cut off on a {screen}", f"A ship in a bottle on a {screen}"
    ask_for(page, first, 4)
    page.locator(".canvas .layer").first.wait_for(timeout=PATIENCE)
    line.cut()
    page.get_by_text(BANNER).wait_for()
    page.get_by_role("link", name="Create").first.click()
    page.get_by_label("Your dream in words").fill(second)
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_text("Waits here until the studio is back").wait_for()
    page.get_by_role("link", name="Work").first.click()
    page.get_by_role("heading", name="Waits to be sent").wait_for()
    assert of(ask, second) == []
    line.mend()
    page.get_by_text(BANNER).wait_for(state="detached")
    page.get_by_role("heading", name="Waits to be sent").wait_for(state="detached")
    for words in (first, second):
        row = page.get_by_role("listitem").filter(has_text=words)
        row.get_by_text("Finished", exact=False).wait_for(timeout=PATIENCE)
        assert len(of(ask, words)) == 1
    assert len(ask.finished(of(ask, first)[0]["id"])["pictures"]) == 4


def test_an_answer_that_was_lost_does_not_paint_twice(visit, line, ask):
    page = visit(line.address)
    words = "A clock without hands"
    page.get_by_label("Your dream in words").fill(words)
    lost = []

    def lose(route):
        if not lost:
            lost.append(route.fetch())  # the studio has it, and the page never hears of it
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/jobs", lose)
    page.get_by_role("button", name="Create", exact=True).click()
    page.get_by_text("Waits here until the studio is back").wait_for()
    line.cut()
    line.mend()
    page.locator(".layer.final").wait_for(timeout=PATIENCE)
    assert len(of(ask, words)) == 1
    assert page.evaluate("localStorage.getItem('mengbi.outbox')") == "[]"


def test_a_page_that_is_loaded_anew_while_painting_goes_on_where_it_was(visit, studio, ask, screen):
    page = visit(studio, screen)
    ask_for(page, f"Two trees, loaded anew on a {screen}", 2)
    page.locator(".canvas .layer").first.wait_for(timeout=PATIENCE)
    page.reload()
    page.get_by_role("progressbar").first.wait_for()
    page.locator(".canvas .layer, .several img").first.wait_for(timeout=PATIENCE)
    page.locator(".several img").nth(1).wait_for(timeout=PATIENCE)


def test_what_one_browser_asks_for_is_seen_in_the_other(visit, studio, ask):
    phone, desktop = visit(f"{studio}/#/gallery", "phone"), visit(f"{studio}/#/work", "desktop")
    phone.locator(".filters").wait_for()
    words = "A kite over the sea, seen twice"
    job = ask("jobs", {"brief": {"prompt": words, "style": "none"}})
    row = desktop.get_by_role("listitem").filter(has_text=words)
    row.get_by_text("Finished", exact=False).wait_for(timeout=PATIENCE)
    phone.get_by_role("link", name=words).wait_for()  # without being loaded anew
    later = visit(f"{studio}/#/job/{job['id']}", "phone")  # the tab was closed; this is another device
    later.wait_for_url(re.compile(r"#/picture/\d+"))


def test_one_tab_hears_for_all_and_another_takes_over(visit, studio, ask):
    first = visit("about:blank")
    listening = []
    first.context.on("request", lambda request: listening.append(request.url) if "/v1/events" in request.url else None)
    tabs = [first, *(first.context.new_page() for _ in range(3))]
    for tab in tabs:
        tab.goto(f"{studio}/#/work")
        tab.get_by_role("heading", name="Work", exact=True).wait_for()
    words = "A relay of three runners"
    ask.painted(words, size=[128, 128])
    tabs[-1].get_by_role("listitem").filter(has_text=words).get_by_text("Finished", exact=False).wait_for(
        timeout=PATIENCE
    )
    assert len(listening) == 1
    first.close()
    words = "The second of three runners"
    ask.painted(words, size=[128, 128])
    for tab in tabs[1:]:
        tab.get_by_role("listitem").filter(has_text=words).get_by_text("Finished", exact=False).wait_for(
            timeout=PATIENCE
        )
    assert len(listening) == 2 and "after=" in listening[1]


def test_the_gallery_is_there_without_the_studio(visit, line, fox, screen):
    page = visit(f"{line.address}/#/gallery", screen, workers="allow")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # now the worker has seen it all
    page.locator(".cell a").first.click()
    page.locator(".whole .over.there").wait_for()
    page.reload()
    page.locator(".whole .over.there").wait_for()
    line.cut()
    page.reload()
    page.locator(".whole .over.there").wait_for()
    page.get_by_role("link", name="Gallery").first.click()
    page.locator(".cell img.there").first.wait_for()


def test_whoever_is_outside_is_asked_at_the_door(visit, closed, screen):
    address, token = closed
    page = visit(f"{address}/#/work", screen, "zh-CN")
    page.get_by_label("密码或令牌").fill("something else")
    page.get_by_role("button", name="进入").click()
    page.get_by_role("alert").filter(has_text="不对").wait_for()
    page.get_by_label("密码或令牌").fill(token)
    page.get_by_role("button", name="进入").click()
    page.get_by_role("heading", name="工作", exact=True).wait_for()
    page.get_by_role("button", name="设置").click()
    page.get_by_role("button", name="退出").click()
    page.get_by_label("密码或令牌").wait_for()
