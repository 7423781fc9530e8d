"""Emoji sets as art: which picture shows what, by code point or by name, and what it is called in many languages."""

import re
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mengbi.assets import Concept, concepts
from mengbi.lab.data.art import Art, Names
from mengbi.lab.data.packages import EMOJIBASE, Package, read_json
from mengbi.lab.data.svg import wrap
from mengbi.lab.data.table import code_of, plain

if TYPE_CHECKING:
    from mengbi.lab.data.sources import Source

LANGUAGES = ("en", "zh", "zh-hant", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th")
"""Those of emojibase that the encoder reads; Arabic and Turkish names come from the readers' own tables."""
TABLES = ("ar", "tr")
KINDS = {0: "face", 1: "person", 3: "animal", 4: "food", 5: "place", 6: "object", 7: "object"}
"""Emoji groups that are learnt from: no components, symbols or flags."""
PLANTS, PEOPLE = (40, 41), range(23, 31)
LEFT_OUT = frozenset({15, 31, 49, 61})
"""Subgroups that are: bare signs of emotion, bare signs of people, maps, medals with numbers."""
CLOCK = re.compile(r"o’clock|thirty|button|keycap|flag|antenna bars|dim |bright ")
TONE = re.compile(r"-1f3f[b-f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Emoji:
    """What emojibase knows of one emoji."""

    code: str  # code points without variation selectors: "1f408"
    names: Names
    kind: str
    subgroup: int
    face: bool  # only a head


def read_icons(source: "Source", tarballs: Mapping[Package, Path]) -> Iterator[Art]:
    """A set of @iconify-json."""
    assert source.package is not None
    table = emojis(tarballs[EMOJIBASE])
    icons = read_json(tarballs[source.package], "icons.json")
    codes = {icon: plain(code) for code, icon in read_json(tarballs[source.package], "chars.json").items()}
    sizes = (icons.get("width", 16), icons.get("height", 16))
    slugs = _slugs(tarballs[EMOJIBASE])
    for name, icon in sorted(icons["icons"].items()):
        code = codes.get(name) or _code(name, slugs)
        side = max(icon.get("width", sizes[0]), icon.get("height", sizes[1]))
        if code:
            yield from _art(source, source.package, name, code, wrap(icon["body"], side).encode(), table)


def read_pictures(source: "Source", tarballs: Mapping[Package, Path]) -> Iterator[Art]:
    """A package of pictures that are named by code point."""
    assert source.package is not None
    table = emojis(tarballs[EMOJIBASE])
    with tarfile.open(tarballs[source.package]) as archive:
        for member in archive:
            path = Path(member.name)
            file = archive.extractfile(member) if path.suffix == ".webp" else None
            if file is not None:
                yield from _art(source, source.package, path.stem, plain(path.stem), file.read(), table)


def _art(
    source: "Source", package: Package, name: str, code: str, data: bytes, table: Mapping[str, Emoji]
) -> Iterator[Art]:
    base = TONE.sub("", code)
    emoji = table.get(base)
    if emoji is None or (base != code and not _toned(source.name, code, base, emoji)):
        return
    if sha256(f"{source.name} {code} share".encode()).digest()[0] >= 256 * source.share:
        return
    concept = by_emoji().get(base)
    yield Art(
        id=f"{source.name}/{name}",
        source=source.name,
        author=package.author,
        license=package.license,
        data=data,
        names=emoji.names,
        kind=concept.kind if concept else emoji.kind,
        key=base,
        concept=concept.id if concept else "",
        hand=source.hand,
        faces=concept.faces if concept and not emoji.face else "front",
        bust=emoji.face or bool(concept and concept.body),
        split=source.split,
    )


def _toned(source: str, code: str, base: str, emoji: Emoji) -> bool:
    """Of a person's five skin tones one is taken now and then, another one in every set; of hands and pairs none."""
    tones = TONE.findall(code)
    if emoji.subgroup not in PEOPLE or len(tones) != 1:
        return False
    chance = sha256(f"{source} {base}".encode()).digest()
    return "bcdef".index(tones[0][-1]) == chance[0] % 5 and chance[1] % 4 == 0


@cache
def by_emoji() -> Mapping[str, Concept]:
    """Concepts by the code points of their emoji."""
    return {code_of(each): row for row in concepts().values() for each in (*row.also, row.emoji) if each}


@cache
def emojis(tarball: Path) -> Mapping[str, Emoji]:
    """The emoji that are learnt from, by code points."""
    labels: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        for row in read_json(tarball, f"{language}/data.json"):
            labels.setdefault(plain(row["hexcode"]), {})[language] = _clean(row["label"])
    found = {}
    for row in read_json(tarball, "en/data.json"):
        group, subgroup = row.get("group"), row.get("subgroup")
        if group in KINDS and subgroup not in LEFT_OUT and not CLOCK.search(row["label"]):
            code = plain(row["hexcode"])
            label = row["label"]
            found[code] = Emoji(
                code=code,
                names=_names(code, labels[code]),
                kind="plant" if subgroup in PLANTS else KINDS[group],
                subgroup=subgroup,
                face="face" in label and group in (0, 3),
            )
    return found


def _names(code: str, labels: Mapping[str, str]) -> Names:
    """The emoji's own names, and in English and Chinese those of the concept that it shows."""
    concept = by_emoji().get(code)
    names: dict[str, tuple[str, ...]] = {language: (label,) for language, label in labels.items() if label}
    if concept is None:
        return names
    mine = {"en": concept.en, "zh": concept.zh}
    first = code_of(concept.emoji) == code
    for language, own in mine.items():
        label = names.get(language, ())
        both = (*own, *label) if first else (*label, *own[:1])
        names[language] = tuple(dict.fromkeys(both))
    return names | (by_table(concept.id) if first else {})


@cache
def by_table(concept: str) -> dict[str, tuple[str, ...]]:
    """A concept's names in the languages of TABLES."""
    return {language: (word,) for language in TABLES if (word := _things(language).get(concept))}


@cache
def _things(language: str) -> Mapping[str, str]:
    """Concept -> the first word of a reader's table that is no stem."""
    data = tomllib.loads((files("mengbi.text") / "words" / f"{language}.toml").read_text(encoding="utf-8"))
    words = {key: [word.strip() for word in text.split(",")] for key, text in data["things"].items()}
    return {key: first for key, row in words.items() if (first := next((w for w in row if "*" not in w), ""))}


def _clean(label: str) -> str:
    """A label without typographic extras."""
    return re.sub(r"\s+", " ", label.replace("’", "'").replace("“", "").replace("”", "").replace(":", ",")).strip()


@cache
def _slugs(tarball: Path) -> Mapping[str, str]:
    """Names as file names have them -> code points."""
    slugs: dict[str, str] = {}
    for row in read_json(tarball, "en/data.json"):
        for each in (row, *row.get("skins", ())):
            slugs.setdefault(_slug(each["label"]), plain(each["hexcode"]))
    for table in ("cldr", "github", "iamcal", "joypixels", "emojibase"):
        for code, names in read_json(tarball, f"en/shortcodes/{table}.json").items():
            for name in [names] if isinstance(names, str) else names:
                slugs.setdefault(_slug(name), plain(code))
    for slug, code in list(slugs.items()):
        slugs.setdefault(slug.replace("-", ""), code)
    return slugs


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("’", "").replace("'", "")).strip("-")


def _code(name: str, slugs: Mapping[str, str]) -> str:
    """Code points of a picture that is known by its name alone; "" where nobody knows."""
    for slug in (name, re.sub(r"-\d$", "", name), name.removesuffix("-skin-tone"), f"{name}-face"):
        for form in (slug, slug.replace("-", "")):
            if form in slugs:
                return slugs[form]
    return ""
