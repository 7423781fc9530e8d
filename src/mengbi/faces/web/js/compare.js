// Two pictures, one over the other, with an edge to move between them; and what is different about them.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { api, file } from "./api.js";
import { t } from "./i18n.js";
import { html } from "./lib.js";
import { href } from "./route.js";
import { titles } from "./styles.js";
import { complain, Nothing, Segments } from "./ui.js";

export function Compare({ ids }) {
  const [pair, setPair] = useState(null);
  const [missing, setMissing] = useState(false);
  const [side, setSide] = useState("over");
  useEffect(() => {
    const sorry = (problem) => (problem.status === 404 ? setMissing(true) : complain(problem));
    Promise.all(ids.map(api.picture)).then(setPair, sorry);
  }, [ids.join()]);
  if (missing || ids.length !== 2) return html`<${Nothing} whole title=${t("missing")} />`;
  return html`<div class="compare">
    <div class="row spread">
      <h1 tabindex="-1">${t("compare")}</h1>
      <${Segments} hidden label=${t("compare")} value=${side} onChange=${setSide}
        choices=${[["over", t("compare.over")], ["beside", t("compare.beside")]]} />
    </div>
    ${pair && (side === "over" ? html`<${Over} pair=${pair} />` : html`<${Beside} pair=${pair} />`)}
    ${pair && html`<${Differences} pair=${pair} />`}
  </div>`;
}

const words = (picture) => picture.title || picture.prompt || t("picture.untitled");

function Over({ pair }) {
  const box = useRef();
  const [edge, setEdge] = useState(50);
  const [one, other] = pair;
  useLayoutEffect(() => box.current.style.setProperty("--edge", `${edge}%`), [edge]);
  useLayoutEffect(() => box.current.style.setProperty("--ratio", one.size[0] / one.size[1]), [one.id]);
  return html`<div class="over-box" ref=${box}>
    <img src=${file(other.id)} alt=${t("compare.right", { words: words(other) })} />
    <img class="left" src=${file(one.id)} alt=${t("compare.left", { words: words(one) })} />
    <span class="edge" aria-hidden="true"></span>
    <input type="range" min="0" max="100" step="0.5" value=${edge} aria-label=${t("compare.edge")}
      onInput=${(event) => setEdge(Number(event.target.value))} />
  </div>`;
}

function Beside({ pair }) {
  return html`<div class="beside-box">
    ${pair.map((picture) => html`<a key=${picture.id} href=${href("picture", String(picture.id))}><img
      src=${file(picture.id)} alt=${words(picture)} /></a>`)}
  </div>`;
}

function Differences({ pair }) {
  const rows = [
    ["words", ({ prompt }) => prompt],
    ["style", ({ style }) => titles(style)],
    ["size", ({ size }) => size.join(" × ")],
    ["seed", ({ seed }) => seed],
    ["engine", ({ engine }) => engine],
    ["steps", ({ plan }) => plan?.steps],
    ["guidance", ({ plan }) => plan?.guidance],
    ["strength", ({ plan }) => plan?.strength],
  ].map(([name, of]) => [name, ...pair.map((picture) => of(picture) ?? "–")]);
  return html`<div class="scroll-x"><table class="differences">
    <caption class="hidden">${t("compare.differences")}</caption>
    <thead><tr><td></td>${pair.map(({ id }) => html`<th key=${id} scope="col"><a
      href=${href("picture", String(id))}>${t("picture.number", { id })}</a></th>`)}</tr></thead>
    <tbody>${rows.map(([name, one, other]) => html`<tr key=${name}
      class=${String(one) === String(other) ? "same" : "other"}>
      <th scope="row">${t(name)}</th><td>${one}</td><td>${other}</td>
    </tr>`)}</tbody>
  </table></div>`;
}
