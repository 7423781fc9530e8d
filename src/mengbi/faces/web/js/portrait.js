// A face, drawn as soon as the server sends it; and the faces that it comes from.
import { useEffect, useRef, useState } from "preact/hooks";
import { described, drawn, exactly, SIDE } from "./faces.js";
import { Tree } from "./family.js";
import { t } from "./i18n.js";
import { classes, html } from "./lib.js";
import { complain } from "./ui.js";

const DEEP = 3; // generations of ancestors that are drawn

/** A face on a canvas, which fades in; `picture`: PNG in base64, or none yet. */
export function Portrait({ picture, label = "" }) {
  const canvas = useRef();
  useEffect(() => {
    if (!picture) return undefined;
    let wanted = true;
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    createImageBitmap(new Blob([bytes], { type: "image/png" })).then((image) => {
      if (!wanted) return;
      const pen = canvas.current.getContext("2d");
      pen.clearRect(0, 0, SIDE, SIDE);
      pen.drawImage(image, 0, 0, SIDE, SIDE);
      canvas.current.dataset.drawn = ""; // says that something is to be seen
    }, complain);
    return () => {
      wanted = false;
    };
  }, [picture]);
  const heard = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return html`<canvas ref=${canvas} class="face" width=${SIDE} height=${SIDE} ...${heard}></canvas>`;
}

/** All that a face comes from, the nearest first: [[face, path], …] with a path as "01", the second of the first. */
function ancestors(face) {
  const found = [];
  for (let near = [[face, ""]]; near.length && near[0][1].length < DEEP; found.push(...near)) {
    near = near.flatMap(([one, path]) => (one.parents ?? []).map((parent, which) => [parent, `${path}${which}`]));
  }
  return found;
}

/** The tree of a face above its parents; with `onChoose` one can go back to any of them. */
export function Pedigree({ face, onChoose = null }) {
  const [pictures, learn] = useState({});
  const known = JSON.stringify(face);
  useEffect(() => {
    let wanted = true;
    const all = [[face, "own"], ...ancestors(face)];
    const come = (items) => wanted && learn(Object.fromEntries(items.map(({ picture }, at) => [all[at][1], picture])));
    drawn(all.map(([one]) => exactly(one))).then(come, complain);
    return () => {
      wanted = false;
    };
  }, [known]);
  if (!face.parents) return null;
  const member = (one, path) => {
    const words = t(path ? "avatar.parent" : "family.here");
    const label = `${words}: ${described(one)}`;
    const inside = html`<${Portrait} picture=${pictures[path || "own"]} label=${onChoose && path ? "" : label} />
      <span aria-hidden="true">${words}</span>`;
    const kind = classes("member", !path && "here");
    return html`<li key=${path}>
      ${onChoose && path
        ? html`<button type="button" class=${kind} aria-label=${label}
            onClick=${() => onChoose(one)}>${inside}</button>`
        : html`<div class=${kind}>${inside}</div>`}
      ${one.parents && path.length < DEEP && html`<ul>${one.parents.map((parent, which) =>
        member(parent, `${path}${which}`))}</ul>`}
    </li>`;
  };
  return html`<section class="family">
    <h2>${t("avatar.from")}</h2>
    <${Tree} label=${t("avatar.from")} of=${known}>${member(face, "")}<//>
  </section>`;
}
