// Several pictures at once: two to compare, any number to collect, like or take away.
import { computed, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { forget, note } from "./album.js";
import { api } from "./api.js";
import { mayPaint } from "./house.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { html } from "./lib.js";
import { go } from "./route.js";
import { closeSheet, complain, openSheet, say, Sheet, sure } from "./ui.js";

export const choosing = signal(false);
export const chosen = signal([]);
export const collections = signal([]);

export function pick(id) {
  const now = chosen.value;
  chosen.value = now.includes(id) ? now.filter((one) => one !== id) : [...now, id];
}

export function stop() {
  choosing.value = false;
  chosen.value = [];
}

export async function readCollections() {
  try {
    collections.value = (await api.collections()).items;
  } catch (problem) {
    complain(problem);
  }
}

const two = computed(() => chosen.value.length === 2);

/** What can be done with the pictures that were chosen. */
export function Chosen() {
  const many = chosen.value.length;
  const compare = () => {
    const [one, other] = chosen.value;
    stop();
    go("compare", String(one), String(other));
  };
  return html`<div class="choosing" role="toolbar" aria-label=${t("choose")}>
    <span role="status">${t("chosen", { n: many })}</span>
    <button type="button" class="chip" disabled=${!two.value} onClick=${compare}><${Icon} name="compare"
      size="18" />${t("compare")}</button>
    <button type="button" class="chip" disabled=${many === 0} onClick=${() => collect(chosen.value)}><${Icon}
      name="folder" size="18" />${t("collect")}</button>
    <button type="button" class="chip" disabled=${many === 0} onClick=${like}><${Icon} name="heart"
      size="18" />${t("favourite")}</button>
    ${mayPaint.value && html`<button type="button" class="chip" disabled=${many === 0} onClick=${remove}><${Icon}
      name="trash" size="18" />${t("delete")}</button>`}
    <button type="button" class="round" aria-label=${t("done")} onClick=${stop}><${Icon} name="close" /></button>
  </div>`;
}

async function like() {
  try {
    for (const id of chosen.value) note(await api.change(id, { favourite: true }));
    stop();
  } catch (problem) {
    complain(problem);
  }
}

async function remove() {
  const ids = chosen.value;
  if (!(await sure(t("delete.many", { n: ids.length }), t("delete")))) return;
  try {
    for (const id of ids) {
      await api.remove(id);
      forget(id);
    }
    stop();
  } catch (problem) {
    complain(problem);
  }
}

/** Puts pictures into a collection that is there, or into a new one. */
export const collect = (ids) => openSheet(() => html`<${Collect} ids=${ids} />`);

function Collect({ ids }) {
  const [name, setName] = useState("");
  useEffect(() => void readCollections(), []);
  const put = async (collection) => {
    try {
      for (const id of ids) await api.put(collection.id, id);
      closeSheet();
      say(t("collected", { name: collection.name }));
    } catch (problem) {
      complain(problem);
    }
  };
  const begin = async (event) => {
    event.preventDefault();
    if (!name.trim()) return;
    try {
      await put(await api.collect(name.trim()));
    } catch (problem) {
      complain(problem);
    }
  };
  return html`<${Sheet} title=${t("collect")} onClose=${closeSheet}>
    <ul class="choices">
      ${collections.value.map((collection) => html`<li key=${collection.id}><button type="button"
        onClick=${() => put(collection)}><${Icon} name="folder" />${collection.name}</button></li>`)}
    </ul>
    <form class="inline" onSubmit=${begin}>
      <input type="text" maxlength="100" value=${name} aria-label=${t("collection.new")}
        placeholder=${t("collection.new")} onInput=${(event) => setName(event.target.value)} />
      <button type="submit" class="main" disabled=${!name.trim()}>${t("create.it")}</button>
    </form>
  <//>`;
}
