// A picture being painted, before one's eyes: its real steps, then the picture itself.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { file, preview, thumb } from "./api.js";
import { draft, fromBrief, given, sides } from "./draft.js";
import { adopt } from "./faces.js";
import { reason, t, told } from "./i18n.js";
import { Icon } from "./icons.js";
import { isActive, jobOf, look, move } from "./jobs.js";
import { classes, html } from "./lib.js";
import { Actions } from "./actions.js";
import { become, go, href } from "./route.js";
import { titles } from "./styles.js";
import { Bar, complain, Nothing } from "./ui.js";

/** One job, wherever it stands: waiting, coming along, finished or failed. */
export function Easel({ id, alone = false }) {
  const job = jobOf(id);
  const ended = job && !isActive(job);
  useEffect(() => {
    if (!job || (ended && !job.pictures)) look(id).catch(complain);
  }, [id, Boolean(job), job?.state]);
  useEffect(() => {
    if (alone && job?.state === "done" && job.pictures?.length === 1) {
      const turn = setTimeout(() => become("picture", String(job.pictures[0].id)), 900); // time to see it finished
      return () => clearTimeout(turn);
    }
    return undefined;
  }, [job?.state, job?.pictures?.length]);
  if (!job) return html`<div class="easel"><div class="canvas wet"></div></div>`;
  const pictures = job.pictures ?? [];
  if (job.state === "done" && pictures.length > 1) return html`<${Several} job=${job} />`;
  return html`<div class="easel">
    <${Canvas} job=${job} picture=${pictures[0]} />
    ${isActive(job) ? html`<${Progress} job=${job} />` : html`<${Ended} job=${job} picture=${pictures[0]} />`}
  </div>`;
}

const shapeOf = (job, picture) => {
  const [width, height] = picture?.size ?? (Array.isArray(job.brief.size) ? job.brief.size : sides("1:1"));
  return width / height;
};

/** Where the latest step of a job can be seen; null where there is none yet. */
export const stepOf = (job) => (given(job.step) ? preview(job.id, job.step) : null);

/** The canvas: each step fades over the one before, once it has come whole. */
function Canvas({ job, picture }) {
  const canvas = useRef();
  const source = picture ? file(picture.id) : stepOf(job);
  const [layers, setLayers] = useState([]);
  useEffect(() => {
    if (!source) return undefined;
    let wanted = true;
    const image = new Image();
    image.src = source;
    const come = () => wanted && setLayers((now) => (now.at(-1) === source ? now : [...now.slice(-1), source]));
    image.decode().then(come, () => {}); // a step that is gone already: the next one comes
    return () => {
      wanted = false;
    };
  }, [source]);
  const ratio = shapeOf(job, picture);
  useLayoutEffect(() => canvas.current.style.setProperty("--ratio", ratio), [ratio]);
  const waits = layers.length === 0 && isActive(job) && job.state !== "paused";
  const words = job.brief.prompt || t("picture.untitled");
  const painted = html`${layers.map((layer) => html`<img key=${layer} src=${layer}
    alt=${layer === layers.at(-1) ? words : ""}
    class=${classes("layer", picture && layer === file(picture.id) && "final")} />`)}`;
  const kind = classes("canvas", waits && "wet", !picture && layers.length > 0 && "coming");
  if (picture) return html`<a ref=${canvas} class=${kind} href=${href("picture", String(picture.id))}
    aria-label=${t("picture.open")}>${painted}</a>`;
  return html`<div ref=${canvas} class=${kind}>${painted}${job.state === "failed" && html`<span class="failed"><${Icon}
    name="close" size="40" /></span>`}</div>`;
}

/** Why a job failed, or what is to be known of one that is done; null where there is nothing. */
export function Notice({ job }) {
  const message = job.error || job.note;
  if (!message) return null;
  const words = reason({ ...job.problem, message });
  const kind = job.state === "failed" ? "bad" : "notice";
  return html`<span class=${classes("small", kind)} lang=${words === message ? "en" : undefined}>${words}</span>`;
}

/** What is said of a job that is under way. */
export const standing = (job) => {
  if (job.state === "running") return told(`stage.${job.stage}`, t("state.running"));
  return t(`state.${job.state}`);
};

function Progress({ job }) {
  const act = (how) => move(job, how).catch(complain);
  return html`<div class="progress">
    <p class="progress-words">${job.brief.prompt || t("picture.untitled")}</p>
    <${Bar} done=${job.done} label=${t("easel")} />
    <div class="progress-foot">
      <span class="soft">${standing(job)}${job.done > 0 && ` · ${Math.round(job.done * 100)} %`}</span>
      ${job.state === "queued" && html`<button type="button" class="chip" onClick=${() => act("pause")}><${Icon}
        name="pause" size="18" />${t("pause")}</button>`}
      ${job.state === "paused" && html`<button type="button" class="chip" onClick=${() => act("resume")}><${Icon}
        name="play" size="18" />${t("resume")}</button>`}
      <button type="button" class="chip" onClick=${() => act("cancel")}><${Icon} name="close"
        size="18" />${t("cancel")}</button>
    </div>
    <span class="hidden" role="status">${standing(job)}</span>
  </div>`;
}

function Ended({ job, picture }) {
  if (job.state === "done" && !picture) return html`<p class="soft">${t("loading")}</p>`;
  if (job.state === "done") {
    return html`<div class="ended">
      <span class="hidden" role="status">${t("state.done")}</span>
      <p class="progress-words">${job.brief.prompt || t("picture.untitled")}</p>
      <${Notice} job=${job} />
      <${Actions} picture=${{ ...picture, brief: job.brief }} brief />
    </div>`;
  }
  return html`<div class="ended">
    <p class="ended-title" role="status">${t(`state.${job.state}`)}</p>
    <${Notice} job=${job} />
    <div class="row">
      <button type="button" class="main" onClick=${() => move(job, "retry").catch(complain)}><${Icon}
        name="again" />${t("try.again")}</button>
      <button type="button" class="quiet" onClick=${() => reuse(job)}>${t("brief.edit")}</button>
    </div>
  </div>`;
}

function reuse(job) {
  if (job.brief.face) return adopt(job.brief);
  draft.value = fromBrief(job.brief);
  go("create");
}

function Several({ job }) {
  const about = [titles(job.brief.style), t("pictures", { n: job.pictures.length })];
  return html`<div class="easel several">
    <ul>
      ${job.pictures.map((picture) => html`<li key=${picture.id}>
        <a href=${href("picture", String(picture.id))}><img src=${thumb(picture.id)} alt=${picture.prompt}
          decoding="async" /></a>
      </li>`)}
    </ul>
    <p class="progress-words">${job.brief.prompt}</p>
    <${Notice} job=${job} />
    <p class="soft">${about.filter(Boolean).join(" · ")}</p>
  </div>`;
}

/** A job on a page of its own. */
export function JobView({ id }) {
  const job = jobOf(id);
  if (!/^\d+$/.test(id)) return html`<${Nothing} whole title=${t("missing")} />`;
  return html`<div class="job-view">
    <h1 class="hidden" tabindex="-1">${job?.brief.prompt || t("easel")}</h1>
    <${Easel} id=${Number(id)} alone />
  </div>`;
}
