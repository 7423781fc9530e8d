// What to paint: ideas, words to put behind one's own, and what was asked for before.
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, thumb } from "./api.js";
import { draft, fromBrief, wish } from "./draft.js";
import { language, said, since, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { inOrder, take as learn, whenSeen } from "./jobs.js";
import { html, later } from "./lib.js";
import { titles } from "./styles.js";
import { complain, Nothing, Segments, Sheet } from "./ui.js";

const MANY = 30;
const tab = signal("ideas");
const words = signal("");
const found = signal([]);
let until = new AbortController();

const seek = async () => {
  until.abort();
  until = new AbortController();
  const ask = tab.value === "words" ? api.modifiers : api.ideas;
  try {
    const limit = tab.value === "words" ? 200 : MANY;
    const answer = await ask({ q: words.value, lang: language.value, limit }, until.signal);
    found.value = answer.items;
  } catch (problem) {
    complain(problem);
  }
};
const seekSoon = later(seek, 200);

export function Inspire({ page = "ideas", onClose }) {
  const turn = (to) => {
    tab.value = to;
    words.value = "";
    found.value = [];
    if (to !== "history") seek();
  };
  useEffect(() => turn(page), []);
  const tabs = html`<${Segments} hidden label=${t("inspire")} value=${tab.value} onChange=${turn}
    choices=${[["ideas", t("ideas")], ["words", t("modifiers")], ["history", t("history")]]} />`;
  return html`<${Sheet} title=${t(tab.value === "history" ? "history" : "inspire")} kind="tall" onClose=${onClose}>
    ${tabs}
    ${tab.value !== "history" && html`<div class="search">
      <${Icon} name="search" size="18" />
      <input type="search" value=${words.value} aria-label=${t("ideas.search")} placeholder=${t("ideas.search")}
        onInput=${(event) => ((words.value = event.target.value), seekSoon())} />
    </div>`}
    ${tab.value === "ideas" && html`<${Ideas} onClose=${onClose} />`}
    ${tab.value === "words" && html`<${Modifiers} />`}
    ${tab.value === "history" && html`<${History} onClose=${onClose} />`}
  <//>`;
}

function Ideas({ onClose }) {
  const take = (idea) => {
    wish({ prompt: said(idea) });
    onClose();
  };
  return html`<ul class="ideas">
    ${found.value.map((idea) => html`<li key=${idea.en}><button type="button"
      onClick=${() => take(idea)}>${said(idea)}</button></li>`)}
  </ul>`;
}

function Modifiers() {
  const comma = language.value === "zh" ? "，" : ", ";
  const has = (idea) => draft.value.prompt.includes(said(idea));
  const turn = (idea) => {
    const { prompt } = draft.value;
    const word = said(idea);
    if (has(idea)) wish({ prompt: prompt.replace(comma + word, "").replace(word, "").trim() });
    else wish({ prompt: prompt.trim() ? prompt.trim() + comma + word : word });
  };
  return html`<p class="sofar">${draft.value.prompt || t("create.example")}</p>
    <ul class="chips">
      ${found.value.map((idea) => html`<li key=${idea.en}>
        <button type="button" class="chip" aria-pressed=${has(idea)} onClick=${() => turn(idea)}>${said(idea)}</button>
      </li>`)}
    </ul>`;
}

const asked = computed(() => {
  const byWords = new Map();
  for (const job of inOrder.value) {
    const { prompt } = job.brief;
    if (prompt && !byWords.has(prompt)) byWords.set(prompt, job);
  }
  return [...byWords.values()];
});
const rest = signal(undefined);

function History({ onClose }) {
  const take = (job) => {
    draft.value = fromBrief({ ...job.brief, seed: null });
    onClose();
  };
  const more = async () => {
    try {
      rest.value = (await learn(api.jobs({ cursor: rest.value ?? undefined, limit: 100 }))).next;
    } catch (problem) {
      complain(problem);
    }
  };
  useEffect(() => void more(), []);
  if (asked.value.length === 0) return html`<${Nothing} title=${t("history.none")} />`;
  return html`<ul class="ideas past">
      ${asked.value.map((job) => html`<${Past} key=${job.id} job=${job} take=${take} />`)}
    </ul>
    ${rest.value && html`<button type="button" class="quiet wide" onClick=${more}>${t("more.show")}</button>`}`;
}

function Past({ job, take }) {
  const line = useRef();
  useEffect(() => whenSeen(line.current, job), [job.state, Boolean(job.pictures)]);
  return html`<li ref=${line}>
    <button type="button" onClick=${() => take(job)}>
      ${job.pictures?.[0] ? html`<img src=${thumb(job.pictures[0].id)} alt="" loading="lazy" />` : html`<span
        class="no-picture"></span>`}
      <span>${job.brief.prompt}
        <small>${[titles(job.brief.style), since(job.created)].filter(Boolean).join(" · ")}</small></span>
    </button>
  </li>`;
}
