"""From words to a picture, on a phone and on a desktop."""

import re

import pytest
from browsing import SMALL, heard, watch

CANVAS = "canvas[role=application]"
WORDS = "Your dream in words"


REFUSALS = [
    ("en-US", "Options", "Width", "Done", "Create", "5000 × 768 cannot be painted"),
    ("zh-CN", "选项", "宽", "完成", "落笔", "5000 × 768 画不了"),
]


def say(page, words, style):
    """Types, and chooses a style from the sheet of all."""
    page.get_by_label(WORDS).fill(words)
    page.locator(".styles .link").click()
    page.get_by_role("searchbox", name="Search the styles").fill(style)
    page.locator(".style-grid").get_by_role("radio", name=style, exact=True).check()
    page.get_by_role("button", name="Done").click()


def create(page, button="Create"):
    """Presses the button; the job that came of it."""
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/jobs")
    ) as posted:
        page.get_by_role("button", name=button, exact=True).click()
    job = posted.value.json()
    assert posted.value.status == 201
    return job


def test_two_taps_after_typing_and_a_picture_forms_before_ones_eyes(visit, studio, ask, brush, screen):
    page = visit(studio, screen, draft={"engine": "patient", "size": [256, 256]})
    with brush.held():
        page.get_by_label(WORDS).fill(f"A lighthouse at dawn, seen on a {screen}")
        page.locator(".strip").get_by_role("radio", name="Watercolour").check()
        job = create(page)
        page.locator(".canvas .layer[src*=preview]").first.wait_for()
    assert job["brief"]["prompt"] == f"A lighthouse at dawn, seen on a {screen}"
    assert job["brief"]["style"] == "watercolor"
    picture = watch(page, ask, job)
    if screen == "phone":
        page.wait_for_url(f"**/#/picture/{picture['id']}")
        page.get_by_role("heading", name=job["brief"]["prompt"]).wait_for()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save").click()
    assert saved.value.suggested_filename.endswith(".png")


def test_inspiration_and_history_bring_words(visit, studio, ask, screen):
    from playwright.sync_api import expect

    before = f"A heron, asked for on a {screen}"
    ask.painted(before)
    page = visit(studio, screen)
    words = page.get_by_label(WORDS)
    page.get_by_role("button", name="Inspire").click()
    page.get_by_role("searchbox").fill("whale")
    page.locator(".ideas button", has_text="whale").first.click()
    expect(words).to_have_value(re.compile("whale", re.IGNORECASE))
    page.get_by_role("button", name="Inspire").click()
    page.get_by_role("radio", name="Words").check()
    page.get_by_role("button", name="moonlight", exact=True).click()
    page.keyboard.press("Escape")
    expect(words).to_have_value(re.compile(", moonlight$"))
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name=before).first.click()
    expect(words).to_have_value(before)
    page.get_by_role("button", name="Surprise").click()
    expect(words).not_to_have_value(before)
    page.get_by_role("button", name="Begin anew").click()
    expect(words).to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(words).not_to_have_value("")


def test_styles_are_found_and_blended(visit, studio, brush, screen):
    page = visit(studio, screen, draft={"engine": "patient"})
    say(page, "A bridge", "Ink wash")
    page.locator(".styles .link").click()
    page.get_by_role("button", name="Mix").click()
    page.get_by_role("searchbox", name="Search the styles").fill("ukiyo")
    page.get_by_role("checkbox", name="Ukiyo-e").check()
    page.get_by_role("slider", name="Ink wash").fill("0.4")
    page.get_by_role("button", name="Done").click()
    with brush.held():
        assert create(page)["brief"]["style"] == "inkwash:0.4,woodblock:1"


def test_every_parameter_is_in_the_drawer(visit, studio, screen):
    from playwright.sync_api import expect

    page = visit(studio, screen, draft={"styles": [["none", 1]]})
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
    job = create(page)
    wanted = {"count": 2, "negative": "snow", "seed": 7, "size": [256, 128], "engine": "analytic", "steps": 3}
    assert job["brief"] == wanted | {
        "prompt": "Two owls",
        "style": "none",
        "guidance": 2,
        "sampler": "heun",
        "mark": True,
    }
    page.locator(".several img").nth(1).wait_for()
    page.reload()
    page.goto(f"{studio}/#/create")
    page.get_by_role("button", name="Options").click()
    expect(page.get_by_label("Seed")).to_have_value("7")  # the draft outlives the page


def test_a_photo_is_painted_over_as_much_as_one_wants_and_where(visit, studio, ask, screen, tmp_path):
    photo = tmp_path / "photo.png"
    photo.write_bytes(_picture(256, 192))
    page = visit(studio, screen, draft=SMALL)
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
    job = create(page)
    brief = job["brief"]
    assert brief["photo"].startswith("source:") and brief["influence"] == "high" and brief["mask"].startswith("source:")
    watch(page, ask, job)


INK = """([x, y, color]) => {
  const { data } = document.querySelector("canvas").getContext("2d").getImageData(x, y, 1, 1);
  return data.join() === color.join();
}"""


def test_a_doodle_is_painted_over(visit, studio, ask, screen):
    page = visit(studio, screen, draft=SMALL)
    page.get_by_label(WORDS).fill("A boat on the sea")
    page.get_by_role("button", name="Doodle").click()
    page.get_by_role("button", name="Water blue").click()
    _line_across(page)
    page.get_by_role("button", name="Fill").click()
    box = page.locator(CANVAS).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.9)
    page.wait_for_function(INK, arg=[500, 950, [0x2F, 0x6F, 0xB0, 255]])
    page.wait_for_function(INK, arg=[500, 50, [0, 0, 0, 0]])  # what is blank stays clear
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(INK, arg=[500, 950, [0, 0, 0, 0]])
    page.get_by_role("button", name="Redo").click()
    page.locator(CANVAS).focus()
    for key in ("ArrowUp", " ", "ArrowRight", "ArrowRight", " "):
        page.keyboard.press(key)
    page.get_by_role("button", name="Done").click()
    page.locator(".tile.chosen img").wait_for()
    job = create(page)
    assert job["brief"]["sketch"].startswith("source:")
    watch(page, ask, job)


DROP = """async (id) => {
  const picture = await (await fetch(`api/v1/pictures/${id}/file`)).blob();
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([picture], "fox.png", { type: "image/png" }));
  dispatchEvent(new DragEvent("dragenter", { dataTransfer, bubbles: true }));
  dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


def test_a_picture_dropped_in_brings_its_brief_back(visit, studio, fox, screen):
    from playwright.sync_api import expect

    page = visit(studio, screen)
    page.get_by_label(WORDS).wait_for()
    page.evaluate(DROP, fox["id"])
    heard(page, "Its brief is back")
    expect(page.get_by_label(WORDS)).to_have_value("A red fox in the snow")
    page.get_by_role("button", name="Options").click()
    expect(page.get_by_label("Seed")).to_have_value(str(fox["seed"]))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Use it as a photo").click()
    page.get_by_role("img", name="Your photo").wait_for()


def test_chinese_is_typed_with_an_input_method(visit, studio, brush, screen):
    page = visit(studio, screen, "zh-CN", draft={"engine": "patient"})
    from playwright.sync_api import expect

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
    expect(words).to_have_value("落日归帆")
    page.locator(".strip").get_by_role("radio", name="水彩").check()
    with brush.held():
        brief = create(page, "落笔")["brief"]
    assert brief["prompt"] == "落日归帆" and brief["style"] == "watercolor"


@pytest.mark.parametrize(("language", "options", "width", "done", "create", "words"), REFUSALS)
def test_what_the_studio_refuses_is_said_in_ones_own_language(
    visit, studio, language, options, width, done, create, words
):
    page = visit(studio, "phone", language, draft={"prompt": "A cat", "styles": [["none", 1]]})
    page.get_by_role("button", name=options).click()
    page.get_by_label(width).fill("5000")
    page.get_by_role("button", name=done).click()
    page.get_by_role("button", name=create, exact=True).click()
    heard(page, words)


def test_what_is_no_picture_is_not_taken(visit, studio, tmp_path, screen):
    words = tmp_path / "words.png"
    words.write_text("no picture at all")
    page = visit(studio, screen, "zh-CN")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="照片").click()
    chooser.value.set_files(words)
    heard(page, "这不是能读的图片")


def _picture(width, height):
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def _line_across(page):
    page.locator(CANVAS).hover()  # once the sheet has come to rest
    box = page.locator(CANVAS).bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] - 2, middle)
    page.mouse.move(box["x"] + 1, middle)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(box["x"] + (box["width"] - 1) * step / 10, middle)
    page.mouse.up()
