// Where the person is: #/gallery, #/picture/12. The server knows one page only.
import { signal } from "@preact/signals";

const read = () => {
  const parts = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  return { view: parts[0] ?? "create", rest: parts.slice(1) };
};

export const route = signal(read());
/** How far each view was scrolled, so that the way back leads to the same place. */
const heights = new Map();
let at = location.hash;

addEventListener("hashchange", () => {
  heights.set(at, scrollY);
  at = location.hash;
  route.value = read();
});

export const heightOf = () => heights.get(location.hash) ?? 0;
export const href = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;

export function go(...parts) {
  location.hash = href(...parts);
}

/** Goes on to a place that takes the place of this one in the history. */
export function become(...parts) {
  history.replaceState(null, "", href(...parts));
  heights.delete(at);
  at = location.hash;
  route.value = read();
}

export function back(...otherwise) {
  if (history.length > 1 && heights.size) history.back();
  else go(...otherwise);
}
