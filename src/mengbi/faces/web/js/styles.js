// The styles, as living thumbnails: a strip to choose from at once, and a sheet with all of them.
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sample, thumb } from "./api.js";
import { draft, wish } from "./draft.js";
import { options, styleOf, styles } from "./house.js";
import { said, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { fresh } from "./jobs.js";
import { classes, html } from "./lib.js";
import { closeSheet, openSheet, Sheet, Slider } from "./ui.js";

const MANY = 3; // that are blended at most
const STRIP = 14;

/** The style that is used where none is chosen. */
const usual = computed(() => {
  const { engines } = options.value;
  const engine = engines.find(({ name }) => name === draft.value.engine) ?? engines[0];
  return engine?.defaults?.style ?? "none";
});

const chosen = computed(() => (draft.value.styles.length ? draft.value.styles.map(([name]) => name) : [usual.value]));

export const titleOf = (name) => {
  const style = styleOf(name);
  return style ? said({ en: style.en, zh: style.zh }) : (name ?? "");
};

const sentenceOf = (style) => said(style?.sentence);

/** The title of what a brief calls its style, which may be a blend. */
export const titles = (name) =>
  String(name ?? "").split(",").map((part) => titleOf(part.split(":")[0].trim())).filter(Boolean).join(" + ");

/** A thumbnail that lives: the chosen one drifts slowly, and beneath it lies what was painted in that style last. */
function Thumb({ style }) {
  const own = fresh.value.find((picture) => picture.style === style.name);
  return html`<span class="thumb">
    <img src=${sample(style.name)} alt="" loading="lazy" decoding="async" width="192" height="192" />
    ${own && html`<img class="own" src=${thumb(own.id)} alt="" loading="lazy" decoding="async" />`}
  </span>`;
}

export function StyleStrip() {
  const strip = useRef();
  const first = chosen.value[0];
  useEffect(() => {
    const label = strip.current?.querySelector("input:checked")?.closest("label");
    label?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [first, styles.value.length]);
  const known = styles.value;
  const shown = known.slice(0, STRIP);
  for (const name of chosen.value) {
    const style = styleOf(name);
    if (style && !shown.includes(style)) shown.unshift(style);
  }
  return html`<section class="styles" aria-label=${t("style")}>
    <div class="row-head">
      <h2>${t("style")}</h2>
      <span class="soft">${chosen.value.map(titleOf).join(" + ")}</span>
      <button type="button" class="link"
        onClick=${() => openSheet(() => html`<${StyleSheet} />`)}>${t("style.all", { count: known.length })}</button>
    </div>
    <div class="strip" ref=${strip}>
      ${shown.map((style) => html`<${Choice} key=${style.name} style=${style} group="strip"
        on=${chosen.value.includes(style.name)} onChoose=${() => wish({ styles: [[style.name, 1]] })} />`)}
    </div>
  </section>`;
}

/** A style to choose; `once`: choosing it is the end of it, so arrow keys must not. */
function Choice({ style, group, on, onChoose, mixing = false, once = false }) {
  if (once) {
    return html`<button type="button" class="style" onClick=${onChoose}><${Thumb} style=${style} /><span
      class="style-name">${said(style)}</span></button>`;
  }
  return html`<label class=${classes("style", on && "chosen")}>
    <input type=${mixing ? "checkbox" : "radio"} name=${group} checked=${on} onChange=${onChoose} />
    <${Thumb} style=${style} />
    <span class="style-name">${said(style)}</span>
  </label>`;
}

const looked = signal("");
const mixing = signal(false);

/** All styles. With `onChoose` one is chosen for something else than the draft: to restyle a picture. */
export function StyleSheet({ onChoose = null, title = t("style.choose") }) {
  const words = looked.value.toLowerCase();
  const about = (style) => [style.name, style.en, style.zh, sentenceOf(style)].join("\n").toLowerCase();
  const found = styles.value.filter((style) => about(style).includes(words));
  const mix = mixing.value && !onChoose;
  const choose = (style) => {
    if (onChoose) return onChoose(style.name);
    if (!mix) wish({ styles: [[style.name, 1]] });
    else wish({ styles: mixed(style.name) });
  };
  const tools = !onChoose && html`<button type="button" class="chip" aria-pressed=${mix}
    onClick=${() => (mixing.value = !mixing.value)}>
    <${Icon} name="mix" size="18" />${t("style.mix")}
  </button>`;
  const foot = !onChoose && html`<${Chosen} /><button type="button" class="main"
    onClick=${closeSheet}>${t("done")}</button>`;
  return html`<${Sheet} title=${title} kind="tall" tools=${tools} foot=${foot} onClose=${closeSheet}>
    <div class="search">
      <${Icon} name="search" size="18" />
      <input type="search" aria-label=${t("style.search")} placeholder=${t("style.search")} value=${looked.value}
        onInput=${(event) => (looked.value = event.target.value)} />
    </div>
    <div class="style-grid">
      ${found.map((style) => html`<${Choice} key=${style.name} style=${style} group="all" mixing=${mix}
        on=${!onChoose && chosen.value.includes(style.name)} onChoose=${() => choose(style)}
        once=${Boolean(onChoose)} />`)}
    </div>
    ${found.length === 0 && html`<p class="soft">${t("style.none")}</p>`}
  <//>`;
}

/** The styles with one more, or without it; the one chosen longest ago gives way. */
function mixed(name) {
  const now = draft.value.styles.length ? draft.value.styles : [[usual.value, 1]];
  const without = now.filter(([one]) => one !== name);
  if (without.length < now.length) return without;
  return [...without, [name, 1]].slice(-MANY);
}

function Chosen() {
  const now = draft.value.styles;
  if (now.length > 1) {
    const weigh = (index, weight) =>
      wish({ styles: now.map(([name, old], at) => [name, at === index ? weight : old]) });
    return html`<div class="weights">
      ${now.map(([name, weight], index) => html`<${Slider} key=${name} label=${titleOf(name)} value=${weight} min="0.1"
        max="1" step="0.1" onChange=${(value) => weigh(index, value)} />`)}
    </div>`;
  }
  const style = styleOf(chosen.value[0]);
  return html`<p class="sentence"><strong>${titleOf(chosen.value[0])}</strong> ${sentenceOf(style)}</p>`;
}
