// One picture: large, with what can be made of it, what it was made from, and its family.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Actions, takeUp } from "./actions.js";
import { beside, edition, forget, more, note, seek, state } from "./album.js";
import { api, file, thumb } from "./api.js";
import { choosing, chosen, collect } from "./choosing.js";
import { given } from "./draft.js";
import { Family } from "./family.js";
import { Begin, forming, Layers, leave, stepsOf, Walk, walk } from "./forming.js";
import { mayPaint } from "./house.js";
import { moment, number, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { classes, html, isTyping } from "./lib.js";
import { Pedigree } from "./portrait.js";
import { back, become, go, href } from "./route.js";
import { useSwipe } from "./swipe.js";
import { titles } from "./styles.js";
import { complain, Nothing, openSheet, closeSheet, Stars, sure, Sheet } from "./ui.js";

export function PictureView({ id }) {
  const [picture, setPicture] = useState(null);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    let wanted = true;
    setPicture(null);
    setMissing(false);
    leave();
    if (state.value === "new") seek(); // who came by a link wants to know what is beside, too
    api.picture(id).then((found) => wanted && setPicture(found), (problem) => {
      if (problem.status === 404) setMissing(true);
      else complain(problem);
    });
    return () => {
      wanted = false;
    };
  }, [id]);
  useKeys(id);
  if (missing) return html`<${Nothing} whole title=${t("missing")}><a class="quiet"
    href=${href("gallery")}>${t("gallery")}</a><//>`;
  const change = async (what) => {
    try {
      const changed = await api.change(id, what);
      note(changed);
      setPicture((now) => ({ ...now, ...changed }));
    } catch (problem) {
      complain(problem);
    }
  };
  return html`<article class="picture">
    <${Frame} id=${id} picture=${picture} />
    <div class="picture-side">
      <h1 class=${classes("picture-words", (picture?.prompt.length ?? 0) > 90 && "long")}
        tabindex="-1">${picture ? picture.title || picture.prompt || t("picture.untitled") : "…"}</h1>
      ${picture && html`<${About} key=${picture.id} picture=${picture} change=${change} />`}
    </div>
  </article>`;
}

/** Leads to another picture, in the place of this one; null where there is none. */
const to = (id) => (id ? () => become("picture", String(id)) : null);

/** ← and → lead to the pictures beside it in the gallery, or from step to step; f marks a favourite by its button. */
function useKeys(id) {
  useEffect(() => {
    const keys = (event) => {
      if (isTyping(event)) return;
      const [before, behind] = beside(Number(id)).map(to);
      const [back, on] = forming.value ? [() => walk(-1), () => walk(1)] : [before, behind];
      if (event.key === "ArrowLeft") back?.();
      if (event.key === "ArrowRight") on?.();
      if (event.key === "Escape") leave();
      if (event.key === "f") document.querySelector(".picture .heart")?.click();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, [id]);
}

function Frame({ id, picture }) {
  const frame = useRef();
  const [there, setThere] = useState(false);
  const [before, behind] = edition.value >= 0 ? beside(Number(id)) : [];
  const ratio = picture ? picture.size[0] / picture.size[1] : 1;
  useLayoutEffect(() => frame.current.style.setProperty("--ratio", ratio), [ratio]);
  useLayoutEffect(() => setThere(false), [id]);
  useEffect(() => void (before && !behind && more()), [id, behind]);
  useSwipe(frame, [before, behind].map(to));
  return html`<div class="picture-frame" ref=${frame}>
    <div class="picture-tools">
      <button type="button" class="round glass" aria-label=${t("back")} onClick=${() => back("gallery")}><${Icon}
        name="back" /></button>
      <span class="gap"></span>
      ${before && html`<a class="round glass" href=${href("picture", String(before))} aria-label=${t("previous")}>
        <${Icon} name="back" /></a>`}
      ${behind && html`<a class="round glass" href=${href("picture", String(behind))} aria-label=${t("next")}><${Icon}
        name="on" /></a>`}
    </div>
    <a class="whole" href=${file(id)} target="_blank" rel="noopener" aria-label=${t("picture.whole")}>
      <img class="under" src=${thumb(id)} alt="" />
      <img class=${classes("over", there && "there")} src=${file(id)} alt=${picture?.prompt || t("picture.untitled")}
        decoding="async" onLoad=${() => setThere(true)} />
      <${Layers} id=${Number(id)} />
    </a>
    <${Walk} id=${Number(id)} />
  </div>`;
}

function About({ picture, change }) {
  const remove = async () => {
    if (!(await sure(t("delete.this"), t("delete")))) return;
    try {
      await api.remove(picture.id);
      forget(picture.id);
      back("gallery");
    } catch (problem) {
      complain(problem);
    }
  };
  const { title, prompt } = picture;
  const [steps, setSteps] = useState([]);
  useEffect(() => void stepsOf(picture).then(setSteps), []);
  const theirs = mayPaint.value && picture.mine !== false;
  return html`${title && title !== prompt && html`<p class="soft">${prompt}</p>`}
    <div class="row spread">
      <${Stars} value=${picture.stars} onChange=${(stars) => change({ stars: stars ?? 0 })} />
      <span class="soft">${titles(picture.style)}</span>
    </div>
    <${Actions} picture=${picture} />
    <div class="row wrap">
      <${Begin} id=${picture.id} steps=${steps} />
      ${mayPaint.value && html`<button type="button" class="chip" onClick=${() => takeUp(picture)}><${Icon} name="edit"
        size="18" />${t("brief.edit")}</button>`}
      <button type="button" class="chip" onClick=${() => compareWith(picture)}><${Icon} name="compare"
        size="18" />${t("compare")}</button>
      <button type="button" class="chip" onClick=${() => collect([picture.id])}><${Icon} name="folder"
        size="18" />${t("collect")}</button>
      ${theirs && html`<button type="button" class="chip" onClick=${() => openSheet(() => html`<${Rename}
          picture=${picture} change=${change} />`)}><${Icon} name="tag" size="18" />${t("rename")}</button>
        <button type="button" class="chip" onClick=${remove}><${Icon} name="trash" size="18" />${t("delete")}</button>`}
    </div>
    ${picture.tags.length > 0 && html`<ul class="chips">
      ${picture.tags.map((tag) => html`<li key=${tag}><button type="button" class="chip"
        onClick=${() => (seek({ tag }), go("gallery"))}>${tag}</button></li>`)}
    </ul>`}
    <${Family} picture=${picture} />
    ${picture.plan?.samples?.[0]?.face?.parents && html`<${Pedigree} face=${picture.plan.samples[0].face} />`}
    <${Facts} picture=${picture} />`;
}

/** Leads to the gallery, where the other one is chosen. */
function compareWith(picture) {
  choosing.value = true;
  chosen.value = [picture.id];
  go("gallery");
}

/** What the picture was made with, as its plan says. */
function Facts({ picture }) {
  const { plan, brief } = picture;
  const facts = [
    [t("negative"), plan?.negative],
    [t("style"), titles(picture.style)],
    [t("size"), picture.size.join(" × ")],
    [t("seed"), picture.seed],
    [t("engine"), picture.engine],
    [t("steps"), plan?.steps],
    [t("guidance"), plan?.guidance],
    [t("sampler"), plan?.sampler],
    [t("keep.as"), brief?.purpose],
    [t("created"), moment(picture.created)],
    [t("file"), `${picture.suffix.slice(1).toUpperCase()}, ${number(Math.ceil(picture.bytes / 1024))} KiB`],
    [t("version"), plan?.version],
  ];
  return html`<details class="facts">
    <summary>${t("facts")}</summary>
    <dl>
      ${facts.filter(([, value]) => given(value))
        .map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  </details>`;
}

function Rename({ picture, change }) {
  const [title, setTitle] = useState(picture.title);
  const [tags, setTags] = useState(picture.tags.join(", "));
  const keep = async (event) => {
    event.preventDefault();
    await change({ title: title.trim(), tags: tags.split(/[,，、]/).map((tag) => tag.trim()).filter(Boolean) });
    closeSheet();
  };
  const foot = html`<button type="submit" form="rename" class="main wide">${t("done")}</button>`;
  return html`<${Sheet} title=${t("rename")} foot=${foot} onClose=${closeSheet}>
    <form id="rename" onSubmit=${keep}>
      <label class="field"><span class="field-name">${t("title")}</span><input type="text" maxlength="200"
        value=${title} onInput=${(event) => setTitle(event.target.value)} /></label>
      <label class="field"><span class="field-name">${t("tags")}</span><input type="text" value=${tags}
        onInput=${(event) => setTags(event.target.value)} /><small>${t("tags.note")}</small></label>
    </form>
  <//>`;
}
