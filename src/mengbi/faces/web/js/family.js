// Which picture came from which: the whole tree that this one stands in.
import { useLayoutEffect, useRef } from "preact/hooks";
import { thumb } from "./api.js";
import { t } from "./i18n.js";
import { classes, html } from "./lib.js";
import { href } from "./route.js";

const MANY = 200; // members that are drawn at most

/** The tree of these relations, from those without parents: [{ id, kind, children }].
 *
 * A picture stands in it once, a child of two under both.
 */
export function treeOf(relations, of) {
  const children = new Map();
  for (const relation of relations) children.set(relation.parent, [...(children.get(relation.parent) ?? []), relation]);
  const born = new Set(relations.map(({ child }) => child));
  const roots = [...new Set(relations.map(({ parent }) => parent))].filter((id) => !born.has(id));
  const seen = new Set();
  const grow = (id, kind) => {
    seen.add(id);
    const member = { id, kind, children: [] };
    for (const { child, kind: how } of children.get(id) ?? []) {
      if (!seen.has(child) && seen.size < MANY) member.children.push(grow(child, how));
      else if (how === "cross") member.children.push({ id: child, kind: how, children: [] }); // under both its parents
    }
    return member;
  };
  return (roots.length ? roots : [of]).sort((a, b) => a - b).map((id) => grow(id, null));
}

export function Family({ picture }) {
  const relations = picture.family?.all ?? [];
  if (relations.length === 0) return null;
  return html`<section class="family">
    <h2>${t("family")}</h2>
    <${Tree} label=${t("family")} of=${picture.id}>
      ${treeOf(relations, picture.id).map((member) => html`<${Member} key=${member.id} member=${member}
        here=${picture.id} />`)}
    <//>
  </section>`;
}

/** A tree that may be wider than the page: it opens where its own member, `of`, stands in the middle. */
export function Tree({ label, of, children }) {
  const box = useRef();
  useLayoutEffect(() => {
    const here = box.current.querySelector(".here")?.getBoundingClientRect();
    const frame = box.current.getBoundingClientRect();
    if (here) box.current.scrollLeft += here.left + here.width / 2 - frame.left - frame.width / 2;
  }, [of]);
  return html`<div ref=${box} class="scroll-x" tabindex="0" role="group" aria-label=${label}>
    <ul class="tree">${children}</ul>
  </div>`;
}

function Member({ member, here }) {
  const { id, kind, children } = member;
  const words = id === here ? t("family.here") : kind ? t(`kind.${kind}`) : t("family.root");
  const inside = html`<img src=${thumb(id)} alt="" loading="lazy" /><span>${words}</span>`;
  return html`<li>
    <a class=${classes("member", id === here && "here")} href=${href("picture", String(id))}
      aria-current=${id === here ? "true" : undefined}
      aria-label=${`${t("picture.number", { id })}: ${words}`}>${inside}</a>
    ${children.length > 0 && html`<ul>${children.map((child) => html`<${Member} key=${child.id} member=${child}
      here=${here} />`)}</ul>`}
  </li>`;
}
