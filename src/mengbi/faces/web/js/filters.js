// What of the gallery is shown: by words or meaning, style, stars, favourites, collection.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { seek, sought } from "./album.js";
import { choosing, collections, readCollections, stop } from "./choosing.js";
import { options } from "./house.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { classes, html, later } from "./lib.js";
import { titleOf } from "./styles.js";

/** Whether the next thing to be typed is looked for. */
export const searching = signal(false);
const seekSoon = later(seek, 220);

export function Filters() {
  const { q, meaning, style, favourite, stars, collection, tag } = sought.value;
  const field = useRef();
  useEffect(() => void readCollections(), []);
  useEffect(() => {
    if (searching.value) field.current.focus();
    searching.value = false;
  }, [searching.value]);
  const select = (name, value, any, choices) => html`<label class=${classes("chip", "select", value && "on")}>
    <span class="hidden">${any}</span>
    <select value=${value} onChange=${(event) => seek({ [name]: event.target.value })}>
      <option value="">${any}</option>
      ${choices.map(([one, words]) => html`<option key=${one} value=${one}>${words}</option>`)}
    </select>
  </label>`;
  const ratings = [5, 4, 3, 2, 1].map((many) => [String(many), t("stars.least", { count: "★".repeat(many) })]);
  const named = collections.value.map(({ id, name }) => [String(id), name]);
  return html`<div class="filters">
    <div class="search">
      <${Icon} name="search" size="18" />
      <input ref=${field} type="search" value=${q} aria-label=${t("gallery.search")}
        placeholder=${t(meaning ? "gallery.meaning" : "gallery.search")}
        onInput=${(event) => ((sought.value = { ...sought.value, q: event.target.value }), seekSoon())} />
      <button type="button" class="chip" aria-pressed=${meaning} title=${t("gallery.meaning")}
        onClick=${() => seek({ meaning: !meaning })}>
        <${Icon} name="meaning" size="18" />${t("meaning")}
      </button>
    </div>
    <div class="filter-row">
      <button type="button" class="chip" aria-pressed=${favourite} onClick=${() => seek({ favourite: !favourite })}>
        <${Icon} name="heart" size="18" />${t("favourites")}</button>
      ${select("style", style, t("style.any"), options.value.styles.map(({ name }) => [name, titleOf(name)]))}
      ${select("stars", stars, t("stars.any"), ratings)}
      ${named.length > 0 && select("collection", collection, t("collection.any"), named)}
      ${tag && html`<button type="button" class="chip" aria-pressed="true" onClick=${() => seek({ tag: "" })}><${Icon}
        name="tag" size="18" />${tag}</button>`}
      <button type="button" class="chip" aria-pressed=${choosing.value}
        onClick=${() => (choosing.value ? stop() : (choosing.value = true))}><${Icon} name="check"
        size="18" />${t("choose")}</button>
    </div>
  </div>`;
}
