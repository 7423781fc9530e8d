// All jobs: what is being painted, what waits, and what came of the others.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, thumb } from "./api.js";
import { Notice, standing, stepOf } from "./easel.js";
import { since, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { active, inOrder, isActive, move, take, whenSeen } from "./jobs.js";
import { html } from "./lib.js";
import { drop, outbox } from "./outbox.js";
import { href } from "./route.js";
import { titles } from "./styles.js";
import { Bar, complain, Nothing } from "./ui.js";

const rest = signal(undefined);

async function more() {
  try {
    rest.value = (await take(api.jobs({ cursor: rest.value ?? undefined, limit: 50 }))).next;
  } catch (problem) {
    complain(problem);
  }
}

export function Work() {
  useEffect(() => void (rest.value === undefined && more()), []);
  const past = inOrder.value.filter((job) => !isActive(job));
  const now = [...active.value].sort((a, b) => (b.state === "running") - (a.state === "running") || a.id - b.id);
  const none = !now.length && !past.length && !outbox.value.length;
  return html`<div class="work">
    <h1 tabindex="-1">${t("work")}</h1>
    ${none && html`<${Nothing} title=${t("work.none")}><a class="main"
      href=${href("create")}>${t("gallery.first")}</a><//>`}
    ${outbox.value.length > 0 && html`<section><h2>${t("work.outbox")}</h2>
      <ul class="jobs">${outbox.value.map(({ key, wish }) => html`<li key=${key} class="job">
        <span class="job-picture"><${Icon} name="cloud" /></span>
        <div class="job-words"><p>${wish.brief?.prompt || t(wish.how?.how ?? "picture.untitled")}</p>
          <small>${t("offline.waits")}</small></div>
        <button type="button" class="round" aria-label=${t("cancel")} onClick=${() => drop(key)}><${Icon}
          name="close" /></button>
      </li>`)}</ul>
    </section>`}
    ${now.length > 0 && html`<section><h2>${t("work.now")}</h2><ul class="jobs">${now.map((job) => html`<${Row}
      key=${job.id} job=${job} />`)}</ul></section>`}
    ${past.length > 0 && html`<section><h2>${t("work.past")}</h2><ul class="jobs">${past.map((job) => html`<${Row}
      key=${job.id} job=${job} />`)}</ul></section>`}
    ${rest.value && html`<button type="button" class="quiet wide" onClick=${more}>${t("more.show")}</button>`}
  </div>`;
}

function Row({ job }) {
  const line = useRef();
  useEffect(() => whenSeen(line.current, job), [job.state, Boolean(job.pictures)]);
  const act = (how) => move(job, how).catch(complain);
  const first = job.pictures?.[0];
  const at = first ? thumb(first.id) : isActive(job) && stepOf(job);
  const button = (icon, how) => html`<button type="button" class="round"
    aria-label=${t(how === "retry" ? "try.again" : how)} title=${t(how === "retry" ? "try.again" : how)}
    onClick=${() => act(how)}><${Icon} name=${icon} /></button>`;
  return html`<li class="job" ref=${line}>
    <a class="job-main" href=${href("job", String(job.id))}>
      <span class="job-picture">${at ? html`<img src=${at} alt="" />` : html`<${Icon} name="brush" />`}</span>
      <span class="job-words">
        <span class="job-prompt">${job.brief.prompt || t("picture.untitled")}</span>
        <small>${[standing(job), titles(job.brief.style), since(job.created)].filter(Boolean).join(" · ")}</small>
        <${Notice} job=${job} />
      </span>
    </a>
    ${job.state === "queued" && button("pause", "pause")}
    ${job.state === "paused" && button("play", "resume")}
    ${isActive(job) && button("close", "cancel")}
    ${["failed", "cancelled"].includes(job.state) && button("again", "retry")}
    ${job.state === "running" && html`<${Bar} done=${job.done} label=${t("easel")} />`}
  </li>`;
}
