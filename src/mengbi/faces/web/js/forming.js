// How a picture was painted: the steps that were kept of it, one over the other, to play or to walk through.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, url } from "./api.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { clamp, classes, html } from "./lib.js";
import { complain } from "./ui.js";

const PACE = 420; // milliseconds a step
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** What is looked at: { id, steps: addresses, at, plays }; at steps.length the picture itself is there. */
export const forming = signal(null);

export const leave = () => {
  forming.value = null;
};

/** Steps that many on, or back. */
export const walk = (by) => turn((forming.value?.at ?? 0) + by);

function turn(at) {
  const now = forming.value;
  forming.value = { ...now, at: clamp(at, 0, now.steps.length), plays: false };
}

/** Shows a picture's steps from the first on, once all of them are here; who wants no motion walks by hand. */
async function begin(id, steps) {
  const come = steps.map((address) => {
    const image = new Image();
    image.src = address;
    return image.decode();
  });
  try {
    await Promise.all(come);
    forming.value = { id, steps, at: 0, plays: !still.matches };
    document.querySelector(".picture-frame")?.scrollIntoView({ block: "nearest" }); // a phone shows its lower end
  } catch {
    complain(new Error(t("forming.gone")));
  }
}

/** The chip that begins it, where steps were kept; `steps` as the server lists them. */
export function Begin({ id, steps }) {
  const on = forming.value?.id === id;
  if (steps.length < 2) return null;
  return html`<button type="button" class="chip" aria-pressed=${on} onClick=${() => (on ? leave() : begin(id, steps))}>
    <${Icon} name="play" size="18" />${t("forming")}</button>`;
}

/** Where the steps of a picture can be seen, the first of them first; [] where none were kept. */
export async function stepsOf(picture) {
  if (!(picture.steps > 1)) return [];
  try {
    const { items } = await api.steps(picture.id);
    return items.map((step) => new URL(step.url, url(".")).href);
  } catch {
    return []; // it is a picture all the same
  }
}

/** The steps over the picture: those up to the one that is looked at. */
export function Layers({ id }) {
  const { id: whose, steps, at } = forming.value ?? {};
  if (whose !== id) return null;
  return steps.map((address, place) => html`<img key=${address} src=${address} alt=""
    class=${classes("step", place <= at && at < steps.length && "there")} />`);
}

/** What the steps are walked through with. */
export function Walk({ id }) {
  const { id: whose, steps, at, plays } = forming.value ?? {};
  const here = whose === id;
  useEffect(() => {
    if (!here || !plays) return undefined;
    if (at === steps.length) return void (forming.value = { ...forming.value, plays: false });
    const next = setTimeout(() => (forming.value = { ...forming.value, at: at + 1 }), PACE);
    return () => clearTimeout(next);
  }, [here, at, plays]);
  if (!here) return null;
  const words = at < steps.length ? t("forming.at", { at: at + 1, of: steps.length }) : t("state.done");
  const play = () => (forming.value = { ...forming.value, at: at === steps.length ? 0 : at, plays: !plays });
  return html`<div class="walk">
    ${!still.matches && html`<button type="button" class="round" aria-label=${t(plays ? "pause" : "forming.play")}
      onClick=${play}><${Icon} name=${plays ? "pause" : "play"} /></button>`}
    <input type="range" min="0" max=${steps.length} step="1" value=${at} aria-label=${t("forming")}
      aria-valuetext=${words} onInput=${(event) => turn(Number(event.target.value))} />
    <output class="soft small">${words}</output>
    <button type="button" class="round" aria-label=${t("close")} onClick=${leave}><${Icon} name="close" /></button>
  </div>`;
}
