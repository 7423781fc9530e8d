"""The page's files, without a browser: complete, small, ours or as they were published."""

import base64
import hashlib
import json
import re

import pytest
from PIL import Image

from mengbi.faces import web
from mengbi.finish.gallery import built_in

FILES = {path.relative_to(web.FOLDER).as_posix(): path for path in web.FOLDER.rglob("*") if path.is_file()}
SERVED = {name for name in FILES if not name.endswith((".py", ".pyc", ".md", ".LICENSE", ".txt"))}
MODULES = {name: path.read_text("utf-8") for name, path in FILES.items() if re.fullmatch(r"(js/.*|sw)\.js", name)}
WORDS = {language: json.loads(FILES[f"locales/{language}.json"].read_text("utf-8")) for language in ("en", "zh")}
FAMILIES = (
    "color.",
    "influence.",
    "keep.",
    "kind.",
    "role.",
    "stage.",
    "state.",
    "theme.",
    "tool.",
    "brush.",
    "view.",
    "engine.",
    "priority.",
    "problem.",
    "avatar.group.",
    "avatar.slider.",
    "lab.state.",
    "lab.number.",
)
"""Keys that are put together from what the server says."""


def plain(keys):
    return {re.sub(r"\.(one|other)$", "", key) for key in keys}


def test_both_languages_have_every_word():
    english, chinese = (plain(WORDS[language]) for language in ("en", "zh"))
    assert english <= chinese
    assert all(key.startswith(("problem.", "lab.number.")) for key in chinese - english)  # its own words are English
    assert all(text.strip() for words in WORDS.values() for text in words.values())
    assert all(re.search(r"[\u4e00-\u9fff]", text) for key, text in WORDS["zh"].items() if key not in ("stars.least",))


def test_both_languages_name_the_same_values():
    for key, text in WORDS["zh"].items():
        english = WORDS["en"].get(key) or WORDS["en"].get(f"{key}.other")
        if english is not None:
            assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english)), key


def test_every_style_is_told_of_in_both_languages():
    styles, chinese = built_in(), web.style_sentences()
    assert set(chinese) == set(styles)
    assert all(entry.style.sentence.strip() for entry in styles.values())
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in chinese.values())


def test_whatever_goes_wrong_is_said_in_chinese_and_names_what_the_server_tells():
    codes = pytest.importorskip("mengbi.faces.api.codes", reason="needs mengbi[studio]").CODES
    said = {key.removeprefix("problem."): text for key, text in WORDS["zh"].items() if key.startswith("problem.")}
    assert set(said) == set(codes)
    for code, text in said.items():
        told = set(re.findall(r"\w+", codes[code].partition(":")[2]))
        assert set(re.findall(r"\{(\w+)\}", text)) <= told, code


def test_every_word_that_the_page_says_is_there_and_no_other():
    code = "\n".join(MODULES.values())
    said = set(re.findall(r'\bt\("([\w.]+)"', code)) | set(re.findall(r'"([\w.]+)"', code))
    asked = set(re.findall(r'\bt\("([\w.]+)"', code))
    known = plain(WORDS["en"])
    assert asked - known == set()
    assert {key for key in known if not key.startswith(FAMILIES)} - said == set()


def test_a_module_fits_in_the_head_and_all_of_them_on_a_slow_line():
    lines = {name: text.count("\n") for name, text in MODULES.items()}
    assert max(lines.values()) <= 400
    assert sum(len(text.encode()) for text in MODULES.values()) < 185_000


def test_what_is_kept_for_offline_is_the_page_as_it_is():
    code = MODULES["sw.js"]
    lists = re.findall(r"\.\.\.\[([^\]]*)\]\.map\(\(name\) => `([^`]*)`\)", code)
    kept = {form.replace("${name}", name) for names, form in lists for name in re.findall(r'"([\w-]+)"', names)}
    first = code[code.index("const FILES = [") : code.index("...[")]
    kept |= {name for name in re.findall(r'"([^"]+)"', first) if name != "./"}
    never = {
        "index.html",
        "sw.js",
        "login.html",
        "js/login.js",
        "css/login.css",
        "icons/icon-512.png",
        "icons/maskable-512.png",
        "locales/styles.zh.json",
    }
    assert kept == SERVED - never


def test_what_is_not_ours_is_as_it_was_published():
    card = FILES["vendor/card.md"].read_text()
    said = dict(re.findall(r"^\| ([\w.-]+\.mjs) \|.*\| `([0-9a-f]{64})` \|$", card, re.MULTILINE))
    assert said == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (web.FOLDER / "vendor").glob("*.mjs")
    }


def test_the_page_asks_nobody_else_for_anything():
    for name in SERVED:
        if FILES[name].suffix in (".html", ".css", ".js", ".webmanifest"):
            text = FILES[name].read_text("utf-8")
            assert not re.search(r"(src|href|import|url\(|fetch\()\W{0,3}(https?:)?//", text), name
            assert not re.search(r"\b(eval|innerHTML|dangerouslySetInnerHTML|document\.write)\b", text), name


def test_the_policy_lets_the_one_import_map_in_and_no_other_script():
    page = FILES["index.html"].read_bytes()
    inline = re.findall(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inline[0]).digest()).decode()
    assert len(inline) == 1 and f"script-src 'self' 'sha256-{digest}'" in web.policy()
    assert "unsafe" not in web.policy() and b" style=" not in page


def test_the_imports_of_the_page_lead_to_files():
    imports = json.loads(
        re.search(r'<script type="importmap">(.*?)</script>', FILES["index.html"].read_text(), re.DOTALL)[1]
    )
    known = imports["imports"]
    assert {path.removeprefix("./") for path in known.values()} <= set(FILES)
    for name, text in MODULES.items():
        for source in re.findall(r'^import .* from "([^"]+)";', text, re.MULTILINE):
            assert source in known or f"js/{source.removeprefix('./')}" in FILES, (name, source)


def test_the_door_is_there():
    assert set(web.DOOR) <= set(FILES)


def test_the_page_can_be_installed():
    manifest = json.loads(FILES["manifest.webmanifest"].read_text("utf-8"))
    assert {"name", "short_name", "start_url", "display", "icons"} <= set(manifest)
    for icon in manifest["icons"]:
        if icon["type"] == "image/png":
            with Image.open(FILES[icon["src"]]) as picture:
                assert icon["sizes"] == "{}x{}".format(*picture.size)
    assert any(icon["purpose"] == "maskable" for icon in manifest["icons"])


def test_the_fonts_have_every_letter_of_the_headings():
    tools = pytest.importorskip("fontTools.ttLib", reason="needs fonttools")
    from mengbi.lab.data.vendor import HEADINGS, LATIN

    font = tools.TTFont(FILES["fonts/kai.woff"])
    wanted = {ord(c) for key, text in WORDS["zh"].items() if key.startswith(tuple(HEADINGS)) for c in text}
    assert wanted - LATIN <= set(font.getBestCmap())


def test_a_colour_is_said_once_for_the_day_and_the_night():
    css = FILES["css/base.css"].read_text("utf-8")
    root = re.search(r":root \{(.*?)\}", css, re.DOTALL)[1]
    colors = re.findall(r"--([\w-]+): light-dark\(#\w+, #\w+\);", root)
    assert len(colors) > 8
    assert all(len(re.findall(rf"--{name}:", css)) == 1 for name in colors)
    assert not re.search(r"--[\w-]+: #", css)
