// A photo to paint over: chosen, dropped or pasted; how much of it stays, and which part of it is painted.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, url } from "./api.js";
import { draft, fromBrief, wish } from "./draft.js";
import { Doodle } from "./doodle.js";
import { adopt } from "./faces.js";
import { t } from "./i18n.js";
import { Icon } from "./icons.js";
import { html } from "./lib.js";
import { go } from "./route.js";
import { closeSheet, complain, openSheet, say, Segments } from "./ui.js";

export const uploading = signal(false);

/** Lets the person choose a picture from their device. */
export function choosePicture(take) {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/*";
  input.addEventListener("change", () => input.files[0] && take(input.files[0]));
  input.click();
}

/** Sends a picture to the server; what it is called there and where it can be seen, or null. */
export async function send(picture, name) {
  uploading.value = true;
  try {
    const kept = await api.upload(picture, name);
    return { ...kept, url: new URL(kept.url, url(".")).href };
  } catch (problem) {
    complain(problem.status === 0 ? new Error(t("offline.photo")) : problem);
    return null;
  } finally {
    uploading.value = false;
  }
}

export const pickPhoto = () => choosePicture(usePhoto);

async function usePhoto(picture) {
  const kept = await send(picture);
  if (kept) wish({ photo: pick(kept), mask: null, size: null });
}

const pick = ({ source, url, width, height }) => ({ source, url, width, height });

/** A picture that was dropped or pasted: one of ours brings its brief back, any other becomes the photo. */
export async function receive(picture) {
  const kept = await send(picture);
  if (!kept) return;
  if (kept.brief?.face) return adopt(kept.brief);
  go("create");
  if (!kept.brief?.prompt) {
    wish({ photo: pick(kept), mask: null, size: null });
    return;
  }
  const before = draft.value;
  draft.value = fromBrief(kept.brief);
  const asPhoto = () => (draft.value = { ...before, photo: pick(kept), mask: null, size: null });
  say(t("drop.brief"), { action: [t("drop.photo"), asPhoto] });
}

export function PhotoCard() {
  const { photo, influence, strength, mask } = draft.value;
  const card = useRef();
  useEffect(() => card.current.scrollIntoView({ block: "center", behavior: "smooth" }), [photo.url]);
  const part = () => openSheet(() => html`<${Doodle} masking=${true} onClose=${closeSheet} />`);
  return html`<div class="photo-card" ref=${card}>
    <img src=${photo.url} alt=${t("photo.yours")} />
    <div class="photo-more">
      <${Segments} label=${t("photo.influence")} value=${strength === null ? influence : ""}
        onChange=${(influence) => wish({ influence, strength: null })}
        choices=${["low", "medium", "high"].map((name) => [name, t(`influence.${name}`)])} />
      <div class="photo-tools">
        <button type="button" class="chip" aria-pressed=${Boolean(mask)} onClick=${part}><${Icon} name="brush"
          size="18" />${t("photo.part")}</button>
        <button type="button" class="chip"
          onClick=${() => wish({ photo: null, mask: null, strength: null, size: null })}>
          <${Icon} name="close" size="18" />${t("photo.remove")}
        </button>
      </div>
    </div>
  </div>`;
}
