// What can be made of a picture, and what is done with it.
import { useState } from "preact/hooks";
import { api, file, saved } from "./api.js";
import { draft, fromBrief } from "./draft.js";
import { adopt } from "./faces.js";
import { mayPaint } from "./house.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { html } from "./lib.js";
import { askAgain } from "./outbox.js";
import { Purposes } from "./purposes.js";
import { go, href } from "./route.js";
import { StyleSheet } from "./styles.js";
import { closeSheet, complain, openSheet, say, Segments, Sheet } from "./ui.js";

/** Has something made of a picture, and goes where it can be watched. */
async function again(picture, how) {
  closeSheet();
  try {
    const job = await askAgain(picture.id, how);
    if (job) go("job", job.id);
    else say(t("offline.waits"));
  } catch (problem) {
    complain(problem);
  }
}

const restyle = (picture) =>
  openSheet(() => html`<${StyleSheet} title=${t("restyle")}
    onChoose=${(style) => again(picture, { how: "restyle", style })} />`);
const enlarge = (picture) => openSheet(() => html`<${Enlarge} picture=${picture} />`);
const keep = (picture, kinds) => openSheet(() => html`<${Keep} picture=${picture} kinds=${kinds} />`);

/** The buttons under a picture; `brief`: the few that matter most. */
export function Actions({ picture, brief = false }) {
  const make = [
    ["again", t("retry"), () => again(picture, { how: "retry" })],
    ["vary", t("vary"), () => again(picture, { how: "vary" })],
    ["palette", t("restyle"), () => restyle(picture)],
    ["enlarge", t("enlarge"), () => enlarge(picture)],
    ["phone", t("keep.wallpaper"), () => keep(picture, ["wallpaper"])],
    ["poster", t("keep.poster"), () => keep(picture, ["poster"])],
    ["card", t("keep.card"), () => keep(picture, ["card"])],
    ["more", t("keep.else"), () => keep(picture, ["avatar", "sticker"])],
  ];
  return html`<div class="actions">
    <div class="actions-first">
      <a class="main" href=${saved(picture.id)} download><${Icon} name="down" />${t("save")}</a>
      <${Favourite} picture=${picture} />
      ${navigator.share && html`<button type="button" class="round" aria-label=${t("share")}
        onClick=${() => share(picture)}><${Icon} name="share" /></button>`}
      ${brief && html`<a class="round" href=${href("picture", String(picture.id))} aria-label=${t("picture.open")}>
        <${Icon} name="open" /></a>`}
    </div>
    ${mayPaint.value && html`<div class="actions-make" role="group" aria-label=${t("make")}>
      ${make.map(([icon, words, act]) => html`<button key=${words} type="button" class="tile" onClick=${act}><${Icon}
        name=${icon} /><span>${words}</span></button>`)}
    </div>`}
  </div>`;
}

export function Favourite({ picture, onChange = () => {} }) {
  const [liked, setLiked] = useState(picture.favourite);
  const turn = async () => {
    setLiked(!liked);
    try {
      onChange(await api.change(picture.id, { favourite: !liked }));
    } catch (problem) {
      setLiked(liked);
      complain(problem);
    }
  };
  return html`<button type="button" class="round heart" aria-pressed=${liked} aria-label=${t("favourite")}
    onClick=${turn}>
    <${Icon} name="heart" filled=${liked} />
  </button>`;
}

async function share(picture) {
  try {
    const response = await fetch(file(picture.id));
    const data = await response.blob();
    const name = `mengbi-${picture.id}${picture.suffix}`;
    const files = [new File([data], name, { type: data.type })];
    const title = picture.title || picture.prompt;
    await navigator.share(navigator.canShare?.({ files }) ? { files, title } : { title });
  } catch (problem) {
    if (problem.name !== "AbortError") complain(problem);
  }
}

function Enlarge({ picture }) {
  const [scale, setScale] = useState(2);
  const [width, height] = picture.size;
  const foot = html`<button type="button" class="main wide"
    onClick=${() => again(picture, { how: "enlarge", scale })}>${t("enlarge")}</button>`;
  return html`<${Sheet} title=${t("enlarge")} foot=${foot} onClose=${closeSheet}>
    <${Segments} hidden label=${t("enlarge")} value=${scale} onChange=${setScale}
      choices=${[2, 4].map((many) => [many, `×${many}`])} />
    <p class="soft center">${width} × ${height} → ${width * scale} × ${height * scale}</p>
  <//>`;
}

function Keep({ picture, kinds }) {
  const [values, setValues] = useState({ purpose: kinds[0], title: picture.title ?? "", seal: "", vertical: false });
  const lettered = /^(poster|card)/.test(values.purpose);
  const how = () => {
    const { purpose, title, seal, vertical } = values;
    const letters = { title: title.trim() || null, seal: seal.trim() || null, vertical };
    again(picture, { how: "keep", purpose, ...(lettered ? letters : {}) });
  };
  const foot = html`<button type="button" class="main wide" onClick=${how}>${t("keep.make")}</button>`;
  return html`<${Sheet} title=${t(kinds.length > 1 ? "keep.else" : `keep.${kinds[0]}`)} foot=${foot}
    onClose=${closeSheet}>
    <${Purposes} values=${values} kinds=${kinds} needed onChange=${(more) => setValues({ ...values, ...more })} />
  <//>`;
}

/** Takes a picture's brief up again, to change it. */
export function takeUp(picture) {
  if (picture.brief?.face) return adopt(picture.brief);
  draft.value = fromBrief(picture.brief ?? { prompt: picture.prompt, style: picture.style });
  go("create");
}
