"""Who comes in, and what the page offers to whom."""

from browsing import PASSWORD, heard

CHANGING = [
    "Photo",
    "Doodle",
    "Create",
    "Try again",
    "Vary",
    "Restyle",
    "Enlarge",
    "Wallpaper",
    "Title and tags",
    "Delete",
]


def enter(page, name):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password or token").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()


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


def test_whoever_sits_at_the_machine_has_nowhere_to_go(visit, studio):
    from playwright.sync_api import expect

    page = visit(studio)
    page.locator(".style").first.wait_for()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("dialog").get_by_text("Mengbi 梦笔").wait_for()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def test_a_viewer_looks_and_likes_and_is_offered_nothing_else(visit, closed, screen):
    from playwright.sync_api import expect

    page = visit(f"{closed[0]}/#/create", screen)
    enter(page, "vera")
    page.get_by_role("link", name="a green pear").wait_for()  # there is nothing for them at #/create
    places = page.get_by_role("navigation").locator("visible=true").get_by_role("link")
    expect(places).to_have_text(["Gallery"])
    page.get_by_role("button", name="Choose").click()
    page.get_by_role("button", name="a green pear").click()
    page.get_by_role("toolbar").get_by_role("button", name="Favourite").wait_for()
    expect(page.get_by_role("toolbar").get_by_role("button", name="Delete")).to_have_count(0)
    page.get_by_role("button", name="Done").click()
    page.get_by_role("link", name="a green pear").click()
    page.get_by_role("link", name="Save").wait_for()
    for name in (*CHANGING, "Change the brief"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    heart = page.get_by_role("button", name="Favourite")
    likes = "false" if heart.get_attribute("aria-pressed") == "true" else "true"
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        heart.click()
    expect(heart).to_have_attribute("aria-pressed", likes)
    page.reload()
    expect(heart).to_have_attribute("aria-pressed", likes)
    for place in ("work", "job/1", "create"):
        page.goto(f"{closed[0]}/#/{place}")
        page.locator(".filters").wait_for()
        expect(page.get_by_role("button", name="Create", exact=True)).to_have_count(0)
    page.evaluate("dispatchEvent(new DragEvent('dragenter', { dataTransfer: new DataTransfer(), bubbles: true }))")
    expect(page.locator(".veil")).to_be_hidden()


def test_an_artist_paints_and_is_told_where_it_ends(visit, closed, screen):
    from playwright.sync_api import expect

    page = visit(f"{closed[0]}/#/create", screen)
    enter(page, "arthur")
    page.get_by_label("Your dream in words").fill("Two plums")
    page.get_by_role("button", name="Options").click()
    page.get_by_role("group", name="Pictures").get_by_role("radio", name="2").check()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Settings").click()
    page.get_by_text("arthur").wait_for()
    page.get_by_role("radio", name="中文").check()
    page.get_by_role("heading", name="设置").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="落笔", exact=True).click()
    heard(page, "想画 2 幅，但今天只剩 1 幅了")
    page.get_by_role("link", name="画廊").first.click()
    page.get_by_role("link", name="a green pear").click()
    page.get_by_role("button", name="换风格").wait_for()
    expect(page.get_by_role("button", name="题目与标签")).to_have_count(0)  # somebody else painted it
