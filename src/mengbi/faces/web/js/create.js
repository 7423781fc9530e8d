// Where a picture begins: words, a style, perhaps a photo or a drawing, and one button.
import { computed, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "./api.js";
import { Drawer } from "./drawer.js";
import { canPaint, draft, EMPTY, ratio, SHAPES, sides, strokes, toBrief, wish } from "./draft.js";
import { Easel } from "./easel.js";
import { language, said, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { Inspire } from "./inspire.js";
import { active, inOrder } from "./jobs.js";
import { classes, html } from "./lib.js";
import { ask } from "./outbox.js";
import { PhotoCard, pickPhoto } from "./photo.js";
import { Doodle } from "./doodle.js";
import { go } from "./route.js";
import { StyleStrip } from "./styles.js";
import { closeSheet, complain, openSheet, say, Sheet } from "./ui.js";

const wide = matchMedia("(min-width: 60rem)");
/** The job on the easel beside the words; a phone has no room for one. */
const onEasel = signal(null);
const sending = signal(false);
const MANY_WORDS = 3200;

const shownJob = computed(() => {
  const chosen = inOrder.value.find((job) => job.id === onEasel.value);
  return chosen ?? active.value.at(-1) ?? inOrder.value.find((job) => job.state === "done") ?? null;
});

export async function create() {
  if (!canPaint.value || sending.value) return;
  sending.value = true;
  try {
    const job = await ask(toBrief(draft.value), draft.value.priority ? { priority: draft.value.priority } : {});
    if (!job) say(t("offline.waits"));
    else if (wide.matches) onEasel.value = job.id;
    else go("job", job.id);
  } catch (problem) {
    complain(problem);
  } finally {
    sending.value = false;
  }
}

async function surprise() {
  try {
    const { idea, brief } = await api.surprise();
    wish({ prompt: said(idea), styles: [[brief.style, 1]] });
  } catch (problem) {
    complain(problem);
  }
}

export function Create() {
  return html`<div class="create">
    <div class="create-form">
      <h1 class="create-title" tabindex="-1">${t("create.title")}</h1>
      <${Words} />
      <${StyleStrip} />
      <${Beside} />
      <${Go} />
    </div>
    <${Stage} />
  </div>`;
}

function Words() {
  const box = useRef();
  const { prompt } = draft.value;
  useEffect(() => {
    box.current.style.height = "auto"; // grows with the words
    box.current.style.height = `${box.current.scrollHeight + 2}px`;
  }, [prompt, language.value]);
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) create();
  };
  return html`<div class="words">
    <label class="hidden" for="prompt">${t("create.prompt")}</label>
    <textarea id="prompt" ref=${box} rows="3" maxlength="4000" placeholder=${t("create.example")} value=${prompt}
      enterkeyhint="enter" onInput=${(event) => wish({ prompt: event.target.value })} onKeyDown=${keys}></textarea>
    <div class="words-tools">
      <button type="button" class="chip" onClick=${() => openSheet(() => html`<${Inspire} onClose=${closeSheet} />`)}>
        <${Icon} name="spark" size="18" />${t("inspire")}
      </button>
      <button type="button" class="chip" onClick=${surprise}><${Icon} name="dice" size="18" />${t("surprise")}</button>
      <button type="button" class="chip" onClick=${() => openSheet(() => html`<${Inspire} page="history"
        onClose=${closeSheet} />`)}>
        <${Icon} name="clock" size="18" />${t("history")}
      </button>
      ${prompt && html`<button type="button" class="round small" aria-label=${t("create.clear")} onClick=${clear}>
        <${Icon} name="close" size="16" /></button>`}
      ${prompt.length > MANY_WORDS && html`<span class="count">${prompt.length} / 4000</span>`}
    </div>
  </div>`;
}

function clear() {
  const before = draft.value;
  const drawn = strokes.value;
  draft.value = { ...EMPTY, styles: before.styles, shape: before.shape, engine: before.engine };
  strokes.value = [];
  document.getElementById("prompt").focus();
  say(t("create.cleared"), { action: [t("undo"), () => ((draft.value = before), (strokes.value = drawn))] });
}

/** What stands beside the words: a photo, a drawing, the shape, and all the rest in a drawer. */
function Beside() {
  const { photo, sketch, shape } = draft.value;
  const drawing = typeof sketch === "object" && sketch;
  return html`<div class="beside">
    <div class="tiles">
      <button type="button" class=${classes("tile", photo && "chosen")} onClick=${pickPhoto}>
        <${Icon} name="photo" /><span>${t("photo")}</span>
      </button>
      <button type="button" class=${classes("tile", drawing && "chosen")}
        onClick=${() => openSheet(() => html`<${Doodle} onClose=${closeSheet} />`)}>
        ${drawing ? html`<img src=${drawing.url} alt="" />` : html`<${Icon} name="pencil" />`}
          <span>${t("doodle")}</span>
      </button>
      <button type="button" class="tile" onClick=${() => openSheet(() => html`<${Shapes} />`)}>
        <${Frame} of=${photo ? ratio.value : shape} /><span>${photo ? t("shape.photo") : shape}</span>
      </button>
      <button type="button" class="tile" onClick=${() => openSheet(() => html`<${Drawer} onClose=${closeSheet} />`)}>
        <${Icon} name="sliders" /><span>${t("more")}</span>
      </button>
    </div>
    ${photo && html`<${PhotoCard} />`}
  </div>`;
}

/** A small frame of that shape, drawn. */
function Frame({ of }) {
  const ratio = typeof of === "number" ? of : of.split(":").reduce((a, b) => a / b);
  const [width, height] = ratio > 1 ? [18, 18 / ratio] : [18 * ratio, 18];
  return html`<svg class="icon" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
    <rect x=${12 - width / 2} y=${12 - height / 2} width=${width} height=${height} rx="1.5" fill="none" />
  </svg>`;
}

function Shapes() {
  const choose = (shape) => {
    wish({ shape, size: null });
    closeSheet();
  };
  const foot = html`<p
    class="soft">${draft.value.photo ? t("shape.ofphoto") : sides(draft.value.shape).join(" × ")}</p>`;
  return html`<${Sheet} title=${t("shape")} onClose=${closeSheet} foot=${foot}>
    <div class="shapes">
      ${SHAPES.map(
        (shape) => html`<button key=${shape} type="button"
          class=${classes("tile", shape === draft.value.shape && "chosen")}
          aria-pressed=${shape === draft.value.shape} onClick=${() => choose(shape)}><${Frame} of=${shape} />
            <span>${shape}</span></button>`,
      )}
    </div>
  <//>`;
}

function Go() {
  return html`<div class="go">
    <button type="button" class="main wide" disabled=${!canPaint.value || sending.value} onClick=${create}>
      <${Icon} name="brush" />${sending.value ? t("create.sending") : t("create")}
    </button>
  </div>`;
}

/** Beside the words on a wide screen: what is being painted, or what was painted last. */
function Stage() {
  const job = shownJob.value;
  return html`<section class="stage" aria-label=${t("easel")}>
    ${job ? html`<${Easel} key=${job.id} id=${job.id} />` : html`<${Blank} />`}
  </section>`;
}

/** Before the first picture: what will be here, and a few dreams of others. */
function Blank() {
  const [ideas, setIdeas] = useState([]);
  useEffect(() => void api.ideas({ limit: 3 }).then(({ items }) => setIdeas(items), () => {}), []);
  return html`<div class="blank">
    <span class="ink" aria-hidden="true"></span>
    <p class="blank-title">${t("easel.blank")}</p>
    <p class="soft">${t("easel.how")}</p>
    <ul class="ideas">${ideas.map((idea) => html`<li key=${idea.en}><button type="button"
      onClick=${() => wish({ prompt: said(idea) })}>${said(idea)}</button></li>`)}</ul>
  </div>`;
}
