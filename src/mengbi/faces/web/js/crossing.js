// Two faces, and the children that they could have; and one face in all its moods.
import { useEffect, useRef, useState } from "preact/hooks";
import { api, thumb } from "./api.js";
import { asked, called, choose, described, drawn, faceOf, MANY, moods, row, shown, someSeed, wishes } from "./faces.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { classes, html } from "./lib.js";
import { ask } from "./outbox.js";
import { Portrait } from "./portrait.js";
import { go } from "./route.js";
import { closeSheet, complain, say, Sheet } from "./ui.js";

const RECENT = 24; // kept faces that are offered

/** Chooses two faces, of the row or of the gallery, and one of their children. */
export function Crossing() {
  const [chosen, mark] = useState([]);
  const [pictures, learn] = useState([]);
  const [children, bear] = useState([]);
  const heading = useRef();
  const [faces] = useState(() => [shown.value, ...row.value].map((item, at) => ({ ...item, key: `row${at}` })));
  useEffect(() => {
    api.pictures({ engine: "avatar", limit: RECENT }).then(({ items }) => learn(items), complain);
  }, []);
  const turn = async (key, find) => {
    bear([]);
    if (chosen.some((one) => one.key === key)) return mark(chosen.filter((one) => one.key !== key));
    try {
      const found = await find();
      if (found) mark((now) => [...now, { ...found, key }].slice(-2));
    } catch (problem) {
      complain(problem);
    }
  };
  const cross = async () => {
    const parents = chosen.map(({ face }) => face);
    const born = Array.from({ length: MANY }, () => ({ ...asked.value, words: "", traits: {}, sliders: {}, genes: null,
      parents, from: chosen.map(({ from = null }) => from), seed: someSeed() }));
    try {
      const items = await drawn(born.map(wishes));
      bear(items.map((item, at) => ({ ...item, wish: born[at] })));
    } catch (problem) {
      complain(problem);
    }
  };
  const take = (child) => {
    choose(child, children);
    closeSheet();
  };
  useEffect(() => void (children.length && heading.current.scrollIntoView({ block: "start" })), [children]);
  const foot = html`<span class="soft" role="status">${t("chosen", { n: chosen.length })}</span>
    <button type="button" class="main" disabled=${chosen.length < 2} onClick=${cross}>${t("avatar.cross")}</button>`;
  const option = (key, label, inside, find) => {
    const on = chosen.some((one) => one.key === key);
    return html`<button key=${key} type="button" class=${classes("pick", on && "chosen")} aria-pressed=${on}
      aria-label=${label} onClick=${() => turn(key, find)}>${inside}</button>`;
  };
  return html`<${Sheet} title=${t("avatar.title.cross")} kind="tall" foot=${foot} onClose=${closeSheet}>
    ${children.length > 0 && html`<h3 ref=${heading}>${t("avatar.children")}</h3>
      <div class="faces">${children.map((child, at) => html`<button key=${at} type="button" class="pick"
        aria-label=${described(child.face)} onClick=${() => take(child)}><${Portrait}
          picture=${child.picture} /></button>`)}</div>`}
    <h3>${t("avatar.row")}</h3>
    <div class="faces">${faces.map((item) => option(item.key, described(item.face),
      html`<${Portrait} picture=${item.picture} />`, () => item))}</div>
    ${pictures.length > 0 && html`<h3>${t("gallery")}</h3><div class="faces">${pictures.map(({ id, prompt }) =>
      option(`kept${id}`, `${t("picture.number", { id })}: ${prompt}`,
        html`<img src=${thumb(id)} alt="" loading="lazy" />`, () => faceOf(id)))}</div>`}
  <//>`;
}

/** The same face in every mood, to keep as stickers. */
export function Pack() {
  const { face } = shown.value;
  const [items, learn] = useState([]);
  const all = moods(face);
  useEffect(() => void drawn(all.map(({ mood, ...wish }) => wish)).then(learn, complain), []);
  const keep = async () => {
    try {
      for (const { mood, face: one } of all) {
        const own = { prompt: described(one), face: one, seed: one.seed, engine: "avatar", purpose: "sticker" };
        await ask({ ...own, ...(asked.value.style && { style: asked.value.style }) });
      }
      closeSheet();
      say(t("avatar.packed", { n: all.length }), { action: [t("view.work"), () => go("work")] });
    } catch (problem) {
      complain(problem);
    }
  };
  const foot = html`<button type="button" class="main wide" onClick=${keep}><${Icon} name="sticker" />
    ${t("avatar.pack.keep", { n: all.length })}</button>`;
  return html`<${Sheet} title=${t("avatar.title.pack")} kind="tall" foot=${foot} onClose=${closeSheet}>
    <ul class="faces pack">${all.map(({ mood }, at) => html`<li key=${mood}><${Portrait}
      picture=${items[at]?.picture} /><span>${called(mood)}</span></li>`)}</ul>
  <//>`;
}
