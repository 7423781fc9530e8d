// The small parts that every view is made of.
import { signal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.js";
import { classes, html } from "./lib.js";
import { reason, t } from "./i18n.js";

/** A sheet over the page: from below on a phone, in the middle or at the side on a wide screen. */
export function Sheet({ title, onClose, children, kind = "", foot = null, tools = null }) {
  const box = useRef();
  const name = useId();
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  const aside = (event) => event.target === box.current && onClose();
  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${box} class=${classes("sheet", kind)} aria-labelledby=${name} onClick=${aside}
    onCancel=${cancel}>
    <div class="sheet-box">
      <header class="sheet-head">
        <h2 id=${name} tabindex="-1" autofocus>${title}</h2>
        ${tools}
        <button type="button" class="round" onClick=${onClose} aria-label=${t("close")}><${Icon}
          name="close" /></button>
      </header>
      <div class="sheet-body">${children}</div>
      ${foot && html`<footer class="sheet-foot">${foot}</footer>`}
    </div>
  </dialog>`;
}

/** One of a few, side by side: choices are [value, words]. */
export function Segments({ label, value, choices, onChange, hidden = false }) {
  const name = useId();
  return html`<fieldset class="segments">
    <legend class=${hidden && "hidden"}>${label}</legend>
    <div>
      ${choices.map(
        ([one, words]) => html`<label key=${one}>
          <input type="radio" name=${name} checked=${one === value} onChange=${() => onChange(one)} />
          <span>${words}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}

/** A field with its name above it, and a note below. */
export function Field({ label, note, children }) {
  return html`<label class="field"><span
    class="field-name">${label}</span>${children}${note && html`<small>${note}</small>`}</label>`;
}

export function Switch({ label, note, checked, onChange }) {
  return html`<label class="switch">
    <span>${label}${note && html`<small>${note}</small>`}</span>
    <input type="checkbox" role="switch" checked=${checked} onChange=${(event) => onChange(event.target.checked)} />
  </label>`;
}

/** A number on a line, and beside it as text; null stands for "as usual". */
export function Slider({ label, value, usual, min, max, step = 1, onChange, words = (number) => number, note }) {
  const name = useId();
  const set = value !== null && value !== undefined;
  return html`<div class="slider">
    <label for=${name}>${label}</label>
    <output>${set ? words(value) : t("usual")}</output>
    ${set && usual !== undefined && html`<button type="button" class="link"
      onClick=${() => onChange(null)}>${t("reset")}</button>`}
    <input id=${name} type="range" min=${min} max=${max} step=${step} value=${set ? value : (usual ?? min)}
      onInput=${(event) => onChange(Number(event.target.value))} />
    ${note && html`<small>${note}</small>`}
  </div>`;
}

/** Five stars; the one that is set, chosen again, takes the rating away. */
export function Stars({ value, onChange }) {
  return html`<div class="stars" role="group" aria-label=${t("rate")}>
    ${[1, 2, 3, 4, 5].map(
      (many) => html`<button key=${many} type="button" class=${classes("star", many <= (value ?? 0) && "lit")}
        aria-pressed=${value === many} aria-label=${t("stars", { n: many })}
          onClick=${() => onChange(value === many ? null : many)}>
        <${Icon} name="star" filled=${many <= (value ?? 0)} />
      </button>`,
    )}
  </div>`;
}

export function Bar({ done, label }) {
  const bar = useRef();
  const share = Math.round((done ?? 0) * 100);
  useLayoutEffect(() => bar.current.style.setProperty("--done", `${share}%`), [share]);
  return html`<div ref=${bar} class="bar" role="progressbar" aria-label=${label} aria-valuenow=${share}
    aria-valuemin="0" aria-valuemax="100"></div>`;
}

/** A place where nothing is yet, and what to do about it; `whole`: nothing else is on the page. */
export function Nothing({ title, children, whole = false }) {
  const words = whole ? html`<h1 class="nothing-title" tabindex="-1">${title}</h1>` : html`<p
    class="nothing-title">${title}</p>`;
  return html`<div class="nothing"><span class="ink" aria-hidden="true"></span>${words}${children}</div>`;
}

const toasts = signal([]);
let count = 0;

/** Says something in passing, and the same only once at a time. `action` is [words, what happens]: that stays until it is
    taken or one goes elsewhere. */
export function say(text, { action = null, bad = false } = {}) {
  const toast = { id: ++count, text, action, bad };
  const others = toasts.value.filter((one) => one.text !== text || one.action);
  toasts.value = [...others.slice(-2), toast];
  if (!action) setTimeout(() => unsay(toast.id), bad ? 9000 : 4000);
}

/** Offers that were not taken are gone elsewhere. */
export const leaveOffers = () => {
  toasts.value = toasts.value.filter((toast) => !toast.action);
};

const unsay = (id) => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

/** Says what went wrong. */
export function complain(problem) {
  if (problem.name === "AbortError") return;
  say(problem.status === 0 ? t("offline.now") : reason(problem), { bad: true });
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      ({ id, text, action, bad }) => html`<div key=${id} class=${classes("toast", bad && "bad")}>
        <span>${text}</span>
        ${action && html`<button type="button" onClick=${() => (unsay(id), action[1]())}>${action[0]}</button>`}
        <button type="button" class="round small" aria-label=${t("close")} onClick=${() => unsay(id)}><${Icon}
          name="close" size="16" /></button>
      </div>`,
    )}
  </div>`;
}

/** The sheet that is open, if one is: a function that draws it. */
export const sheet = signal(null);
export const openSheet = (draw) => {
  sheet.value = draw;
};
export const closeSheet = () => {
  sheet.value = null;
};

/** Asks before something that cannot be undone; true if the person wants it. */
export function sure(question, yes) {
  return new Promise((resolve) => {
    const answer = (said) => {
      closeSheet();
      resolve(said);
    };
    const foot = html`<button type="button" class="quiet" onClick=${() => answer(false)}>${t("cancel")}</button>
      <button type="button" class="main danger" onClick=${() => answer(true)}>${yes}</button>`;
    openSheet(() => html`<${Sheet} title=${question} kind="ask" onClose=${() => answer(false)} foot=${foot} />`);
  });
}
