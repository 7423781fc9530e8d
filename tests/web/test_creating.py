"""From words to a picture, on a phone and on a desktop."""

from browsing import PATIENCE, watch

CANVAS = "canvas[role=application]"
WORDS = "Your dream in words"


def say(page, words, style):
    """Types, and chooses a style from the sheet of all."""
    page.get_by_label(WORDS).fill(words)
    page.locator(".styles .link").click()
    page.get_by_role("searchbox", name="Search the styles").fill(style)
    page.locator(".style-grid").get_by_role("radio", name=style, exact=True).check()
    page.get_by_role("button", name="Done").click()


def create(page, ask, button="Create"):
    """Presses the button; the job that came of it."""
    before = {job["id"] for job in ask.jobs()}
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/jobs")
    ) as posted:
        page.get_by_role("button", name=button, exact=True).click()
    job = posted.value.json()
    assert job["id"] not in before
    return job


def withdraw(ask, job):
    """What was asked for need not be painted: other tests wait for the brush."""
    ask(f"jobs/{job['id']}/cancel", method="POST")


def test_two_taps_after_typing_and_a_picture_forms_before_ones_eyes(visit, studio, ask, screen):
    page = visit(studio, screen)
    page.get_by_label(WORDS).fill(f"A lighthouse at dawn, seen on a {screen}")
    page.locator(".strip").get_by_role("radio", name="Watercolour").check()
    job = create(page, ask)
    page.locator(".canvas .layer[src*=preview]").first.wait_for(timeout=PATIENCE)
    assert job["brief"]["prompt"] == f"A lighthouse at dawn, seen on a {screen}"
    assert job["brief"]["style"] == "watercolor"
    picture = watch(page, ask, job)
    if screen == "phone":
        page.wait_for_url(f"**/#/picture/{picture['id']}")
        page.get_by_role("heading", name=job["brief"]["prompt"]).wait_for()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save").click()
    assert saved.value.suggested_filename.endswith(".png")


def test_inspiration_and_history_bring_words(visit, studio, ask, fox, screen):
    from playwright.sync_api import expect

    page = visit(studio, screen)
    words = page.get_by_label(WORDS)
    page.get_by_role("button", name="Inspire").click()
    page.get_by_role("searchbox").fill("whale")
    page.locator(".ideas button", has_text="whale").first.click()
    assert "whale" in words.input_value().lower()
    page.get_by_role("button", name="Inspire").click()
    page.get_by_role("radio", name="Words").check()
    page.get_by_role("button", name="moonlight", exact=True).click()
    page.keyboard.press("Escape")
    assert words.input_value().endswith(", moonlight")
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="A red fox in the snow").first.click()
    assert words.input_value() == "A red fox in the snow"
    page.get_by_role("button", name="Surprise").click()
    expect(words).not_to_have_value("A red fox in the snow")
    page.get_by_role("button", name="Begin anew").click()
    assert words.input_value() == ""
    page.get_by_role("button", name="Undo").click()
    assert words.input_value() != ""


def test_styles_are_found_and_blended(visit, studio, ask, screen):
    page = visit(studio, screen)
    say(page, "A bridge", "Ink wash")
    page.locator(".styles .link").click()
    page.get_by_role("button", name="Mix").click()
    page.get_by_role("searchbox", name="Search the styles").fill("ukiyo")
    page.get_by_role("checkbox", name="Ukiyo-e").check()
    page.get_by_role("slider", name="Ink wash").fill("0.4")
    page.get_by_role("button", name="Done").click()
    job = create(page, ask)
    assert job["brief"]["style"] == "inkwash:0.4,woodblock:1"
    withdraw(ask, job)


def test_every_parameter_is_in_the_drawer(visit, studio, ask, screen):
    page = visit(studio, screen, style="none")
    page.get_by_label(WORDS).fill("Two owls")
    page.get_by_role("button", name="Options").click()
    page.get_by_role("group", name="Pictures").get_by_role("radio", name="2").check()
    page.get_by_label("What must not be there").fill("snow")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Width").fill("256")
    page.get_by_label("Height").fill("128")
    page.get_by_label("Engine").select_option("analytic")
    page.get_by_role("slider", name="Steps").fill("3")
    page.get_by_role("slider", name="Guidance").fill("2")
    page.get_by_label("Sampler").select_option("heun")
    page.get_by_role("switch", name="Invisible mark").check()
    page.get_by_role("button", name="Done").click()
    job = create(page, ask)
    wanted = {"count": 2, "negative": "snow", "seed": 7, "size": [256, 128], "engine": "analytic", "steps": 3}
    assert job["brief"] == wanted | {
        "prompt": "Two owls",
        "style": "none",
        "guidance": 2,
        "sampler": "heun",
        "mark": True,
    }
    page.locator(".several img").nth(1).wait_for(timeout=PATIENCE)
    page.reload()
    page.goto(f"{studio}/#/create")
    page.get_by_role("button", name="Options").click()
    assert page.get_by_label("Seed").input_value() == "7"  # the draft outlives the page


def test_a_photo_is_painted_over_as_much_as_one_wants_and_where(visit, studio, ask, fox, screen, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(_picture(256, 192))
    page = visit(studio, screen, style="none")
    page.get_by_label(WORDS).fill("An autumn evening")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Photo").click()
    chooser.value.set_files(photo)
    page.get_by_role("img", name="Your photo").wait_for()
    page.get_by_role("radio", name="High").check()
    page.get_by_role("button", name="Only a part").click()
    _line_across(page)
    page.get_by_role("button", name="Done").click()
    page.locator("button[aria-pressed=true]", has_text="Only a part").wait_for()
    job = create(page, ask)
    brief = job["brief"]
    assert brief["photo"].startswith("source:") and brief["influence"] == "high" and brief["mask"].startswith("source:")
    if screen == "phone":
        watch(page, ask, job)
    else:
        withdraw(ask, job)


def test_a_doodle_is_painted_over(visit, studio, ask, screen):
    page = visit(studio, screen, style="none")
    page.get_by_label(WORDS).fill("A boat on the sea")
    page.get_by_role("button", name="Doodle").click()
    page.get_by_role("button", name="Water blue").click()
    _line_across(page)
    page.get_by_role("button", name="Fill").click()
    box = page.locator(CANVAS).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.9)
    below = "([x, y]) => [...document.querySelector('canvas').getContext('2d').getImageData(x, y, 1, 1).data]"
    assert page.evaluate(below, [500, 950]) == [0x2F, 0x6F, 0xB0, 255]
    assert page.evaluate(below, [500, 50])[3] == 0  # what is blank stays clear
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate(below, [500, 950])[3] == 0
    page.get_by_role("button", name="Redo").click()
    page.locator(CANVAS).focus()
    for key in ("ArrowUp", " ", "ArrowRight", "ArrowRight", " "):
        page.keyboard.press(key)
    page.get_by_role("button", name="Done").click()
    page.locator(".tile.chosen img").wait_for()
    job = create(page, ask)
    assert job["brief"]["sketch"].startswith("source:")
    if screen == "phone":
        watch(page, ask, job)
    else:
        withdraw(ask, job)


DROP = """async (id) => {
  const picture = await (await fetch(`api/v1/pictures/${id}/file`)).blob();
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([picture], "fox.png", { type: "image/png" }));
  dispatchEvent(new DragEvent("dragenter", { dataTransfer, bubbles: true }));
  dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


def test_a_picture_dropped_in_brings_its_brief_back(visit, studio, ask, fox, screen):
    page = visit(studio, screen)
    page.get_by_label(WORDS).wait_for()
    page.evaluate(DROP, fox["id"])
    page.get_by_text("Its brief is back").wait_for()
    assert page.get_by_label(WORDS).input_value() == "A red fox in the snow"
    page.get_by_role("button", name="Options").click()
    assert page.get_by_label("Seed").input_value() == str(fox["seed"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Use it as a photo").click()
    page.get_by_role("img", name="Your photo").wait_for()


def test_chinese_is_typed_with_an_input_method(visit, studio, ask, screen):
    page = visit(studio, screen, "zh-CN")
    words = page.get_by_label("用文字说出你的梦")
    words.click()
    keys = page.context.new_cdp_session(page)
    for so_far in ("l", "luo", "luo ri"):  # as it is typed, before a character is chosen
        keys.send(
            "Input.imeSetComposition", {"text": so_far, "selectionStart": len(so_far), "selectionEnd": len(so_far)}
        )
    keys.send("Input.insertText", {"text": "落日"})
    keys.send("Input.imeSetComposition", {"text": "gui fan", "selectionStart": 7, "selectionEnd": 7})
    keys.send("Input.insertText", {"text": "归帆"})
    assert words.input_value() == "落日归帆"
    page.locator(".strip").get_by_role("radio", name="水彩").check()
    job = create(page, ask, "落笔")
    assert job["brief"]["prompt"] == "落日归帆" and job["brief"]["style"] == "watercolor"
    withdraw(ask, job)


def test_what_the_studio_refuses_is_said_in_its_words(visit, studio, screen):
    page = visit(studio, screen, style="none")
    page.get_by_label(WORDS).fill("A cat")
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Width").fill("5000")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Create", exact=True).click()
    page.locator(".toast.bad", has_text="5000").wait_for()


def _picture(width, height):
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def _line_across(page):
    page.locator(CANVAS).wait_for()
    page.wait_for_timeout(400)  # the sheet has come to rest
    box = page.locator(CANVAS).bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] - 2, middle)
    page.mouse.move(box["x"] + 1, middle)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(box["x"] + (box["width"] - 1) * step / 10, middle)
    page.mouse.up()
