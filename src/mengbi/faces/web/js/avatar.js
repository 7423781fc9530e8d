// A face of one's own: from words, traits, sliders, a photo, or two other faces.
import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { api, saved, thumb } from "./api.js";
import { Crossing, Pack } from "./crossing.js";
import { Notice, standing } from "./easel.js";
import {
  asked, begin, book, called, choose, described, EMPTY, fillRow, row, settled, shown, someSeed, want,
} from "./faces.js";
import { listed, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { jobOf } from "./jobs.js";
import { classes, html } from "./lib.js";
import { ask } from "./outbox.js";
import { choosePicture } from "./photo.js";
import { Pedigree, Portrait } from "./portrait.js";
import { href } from "./route.js";
import { StyleSheet, titleOf } from "./styles.js";
import { closeSheet, complain, openSheet, say, Segments, Slider } from "./ui.js";

const SIZE = 512; // pixels a side of what is kept
/** Jobs of faces that were kept on this visit, the latest first. */
const kept = signal([]);
/** What a face is that has nothing of the one before. */
const PLAIN = { words: "", traits: {}, sliders: {}, genes: null, parents: null, from: [] };
/** What a photo told, in words, or nothing. */
const told = signal(null);
const busy = signal(false);

export function Avatar() {
  useEffect(() => void begin(), []);
  const face = shown.value?.face;
  return html`<div class="avatar">
    <${Stage} />
    <div class="avatar-form">
      <h1 tabindex="-1">${t("view.avatar")}</h1>
      <${Words} />
      <${Row} />
      ${book.value.groups.map((group) => html`<${Traits} key=${group.name} group=${group} />`)}
      <${Sliders} />
      <${Around} />
      ${face?.parents && html`<${Pedigree} face=${face} onChoose=${(one) => want({ ...PLAIN, ...one })} />`}
      <${Kept} />
    </div>
  </div>`;
}

/** The face itself, always in sight, and what is done with it as a whole. */
function Stage() {
  const frame = useRef();
  const { face, picture, behind, unmet = [], unknown = [] } = shown.value ?? {};
  const { background, parents } = asked.value;
  const colors = background === "auto" ? behind : background === "none" ? null : [background, background];
  useLayoutEffect(() => {
    for (const at of [0, 1]) frame.current.style.setProperty(`--behind${at}`, colors?.[at] ?? "transparent");
  }, [String(colors)]);
  const tools = [
    ["dice", t("avatar.dice"), () => want({ seed: someSeed(), genes: null })],
    ["mix", t("avatar.cross"), () => openSheet(() => html`<${Crossing} />`)],
    ["sticker", t("avatar.pack"), () => openSheet(() => html`<${Pack} />`)],
    ["photo", t("avatar.like"), () => choosePicture(like)],
    ["undo", t("create.clear"), () => ((told.value = null), want({ ...EMPTY, seed: someSeed() }))],
  ];
  const lost = [
    unmet.length && t("avatar.unmet", { what: listed(unmet.map(called)) }),
    unknown.length && t("avatar.unknown", { what: listed(unknown) }),
  ].filter(Boolean);
  return html`<section class="avatar-stage" aria-label=${t("easel")}>
    <div ref=${frame} class=${classes("avatar-frame", background === "none" && "bare")}>
      <${Portrait} picture=${picture} label=${face ? `${t("view.avatar")}: ${described(face)}` : t("loading")} />
    </div>
    <div class="avatar-tools" role="toolbar" aria-label=${t("tools")}>
      ${tools.map(([icon, words, act]) => html`<button key=${icon} type="button" class="tile" disabled=${!face}
        onClick=${act}><${Icon} name=${icon} /><span>${words}</span></button>`)}
    </div>
    <p class="soft small" role="status">${lost.join(" ")}${parents && html` ${t("avatar.child")}`}</p>
    <div class="avatar-keep"><button type="button" class="main wide" disabled=${!face || busy.value} onClick=${keep}>
      <${Icon} name="check" />${t("avatar.keep")}</button></div>
  </section>`;
}

function Words() {
  return html`<div>
    <div class="words">
      <label class="hidden" for="portrait">${t("avatar.words")}</label>
      <textarea id="portrait" rows="2" maxlength="1000" placeholder=${t("avatar.example")} value=${asked.value.words}
        onInput=${(event) => want({ words: event.target.value })}></textarea>
    </div>
    ${told.value && html`<p class="notice small" role="status">${told.value}</p>`}
  </div>`;
}

/** Sixteen of the same wishes. */
function Row() {
  return html`<section aria-label=${t("avatar.row")}>
    <div class="row-head"><h2>${t("avatar.row")}</h2><span class="gap"></span>
      <button type="button" class="link" onClick=${fillRow}>${t("avatar.row.again")}</button></div>
    <div class="faces">${row.value.map((item, at) => {
      const on = item.wish.seed === asked.value.seed;
      return html`<button key=${at} type="button" class=${classes("pick", on && "chosen")} aria-pressed=${on}
        aria-label=${described(item.face)} onClick=${() => choose(item)}><${Portrait}
          picture=${item.picture} /></button>`;
    })}</div>
  </section>`;
}

/** One group of traits. What nobody chose is as words, parents or chance have it. */
function Traits({ group }) {
  const { traits } = asked.value;
  const has = shown.value?.face.traits ?? {};
  const turn = (name, on) => {
    const others = group.many ? [name] : group.traits.map((trait) => trait.name);
    const rest = Object.fromEntries(Object.entries(traits).filter(([one]) => !others.includes(one)));
    if (group.many) want({ traits: { ...rest, [name]: on ? 0 : 1 } });
    else want({ traits: on ? rest : { ...rest, [name]: 1 } });
  };
  return html`<section role="group" aria-labelledby=${`traits-${group.name}`}>
    <h2 id=${`traits-${group.name}`}>${t(`avatar.group.${group.name}`)}</h2>
    <div class="chips">${group.traits.map(({ name }) => {
      const chosen = traits[name] > 0;
      const on = group.many ? chosen || (traits[name] === undefined && name in has) : chosen;
      const drawn = !chosen && name in has;
      return html`<button key=${name} type="button" class=${classes("chip", drawn && "drawn")} aria-pressed=${on}
        onClick=${() => turn(name, on)}>${called(name)}${drawn && html`<span class="hidden">
          (${t("avatar.drawn")})</span>`}</button>`;
    })}</div>
  </section>`;
}

function Sliders() {
  const { sliders } = asked.value;
  const has = shown.value?.face.traits ?? {};
  const one = ({ name, least }, label) => html`<${Slider} key=${name} label=${label} value=${sliders[name] ?? null}
    usual=${0} min=${least} max="1" step="0.02" words=${(amount) => `${Math.round(100 * amount)} %`}
    onChange=${(amount) => want({ sliders: { ...sliders, [name]: amount } })} />`;
  const own = book.value.sliders.filter(({ least }) => least < 0);
  const looks = book.value.sliders.filter(({ name, least }) => least === 0 && !(name in has));
  return html`<section>
    <h2>${t("avatar.sliders")}</h2>
    <div class="avatar-sliders">${own.map((slider) => one(slider, t(`avatar.slider.${slider.name}`)))}</div>
    <h3>${t("avatar.mix")}</h3>
    <div class="avatar-sliders">${looks.map((slider) => one(slider, called(slider.name)))}</div>
  </section>`;
}

/** What is put on and behind the face when it is kept. */
function Around() {
  const { style, background } = asked.value;
  const color = background.startsWith("#");
  const dress = (style) => {
    want({ style });
    closeSheet();
  };
  const choices = [["none", t("avatar.clear")], ["auto", t("theme.auto")], ["color", t("avatar.color")]];
  return html`<section>
    <${Segments} label=${t("avatar.background")} value=${color ? "color" : background} choices=${choices}
      onChange=${(kind) => want({ background: kind === "color" ? "#ffd7e0" : kind })} />
    ${color && html`<label class="field"><span class="field-name">${t("avatar.color")}</span><input type="color"
      value=${background} onInput=${(event) => want({ background: event.target.value })} /></label>`}
    <div class="row wrap">
      <button type="button" class="chip" onClick=${() => openSheet(() => html`<${StyleSheet} title=${t("style.choose")}
        onChoose=${dress} />`)}><${Icon} name="palette" size="18" />${t("style")}:
        ${" "}${style ? titleOf(style) : t("as.is")}</button>
      ${style && html`<button type="button" class="chip" onClick=${() => want({ style: null })}><${Icon} name="close"
        size="18" />${t("as.is")}</button>`}
    </div>
    <small>${t("avatar.style.note")}</small>
  </section>`;
}

/** Has the face painted large, and put into the gallery with its family. */
async function keep() {
  const { style, background, from, seed } = asked.value;
  const parents = from.filter(Boolean).map((id) => [id, "cross"]);
  const around = { size: [SIZE, SIZE], ...(style && { style }), ...(background !== "none" && { background }) };
  busy.value = true;
  try {
    const brief = await settled(asked.value);
    const job = await ask({ ...brief, engine: "avatar", seed, ...around }, parents.length ? { parents } : {});
    if (job) kept.value = [job.id, ...kept.value.filter((id) => id !== job.id)];
    else say(t("offline.waits"));
  } catch (problem) {
    complain(problem);
  } finally {
    busy.value = false;
  }
}

/** Those that were kept, on their way or done. */
function Kept() {
  if (!kept.value.length) return null;
  return html`<section aria-label=${t("avatar.kept")}>
    <h2>${t("avatar.kept")}</h2>
    <div role="status"><ul class="kept">${kept.value.map(jobOf).filter(Boolean).map((job) => {
      const picture = job.pictures?.[0];
      return html`<li key=${job.id}>
        ${picture
          ? html`<a href=${href("picture", String(picture.id))} aria-label=${t("picture.open")}><img
              src=${thumb(picture.id)} alt=${picture.prompt} /></a>
            <a class="round" href=${saved(picture.id)} download aria-label=${t("save")}><${Icon} name="down" /></a>`
          : html`<a href=${href("job", String(job.id))}>${standing(job)}</a><${Notice} job=${job} />`}
      </li>`;
    })}</ul></div>
  </section>`;
}

/** Takes from a photo what can be read off it. */
async function like(photo) {
  busy.value = true;
  try {
    const { traits, unread } = await api.likeness(photo);
    const read = t("avatar.read", { what: listed(Object.keys(traits).map(called)) || "–" });
    const rest = listed(unread.map((name) => t(`avatar.group.${name}`)));
    told.value = unread.length ? `${read} ${t("avatar.unread", { what: rest })}` : read;
    want({ ...PLAIN, traits });
  } catch (problem) {
    complain(problem.status === 0 ? new Error(t("offline.photo")) : problem);
  } finally {
    busy.value = false;
  }
}
