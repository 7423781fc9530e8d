// The brief that is being written: plain values, remembered by the browser, and how it becomes what the server reads.
import { computed, signal } from "@preact/signals";
import { kept } from "./kept.js";
import { shown } from "./api.js";

export const EMPTY = {
  prompt: "",
  negative: "",
  styles: [], // [name, weight] of each; none: the usual one
  shape: "1:1",
  size: null, // [width, height] where the person said it in pixels, "photo" for the photo's own
  seed: null,
  count: 1,
  engine: null,
  steps: null,
  guidance: null,
  sampler: null,
  photo: null, // { source, url, width, height }
  influence: "medium",
  strength: null,
  mask: null,
  sketch: null, // { source, url } of a drawing, or "none"
  style_image: null,
  enlarge: 1,
  mark: false,
  purpose: null,
  title: "",
  seal: "",
  vertical: false,
  priority: 0,
};

export const draft = kept("draft", EMPTY);
draft.value = { ...EMPTY, ...draft.value }; // one that was kept by an older page lacks what is new
/** The drawing is kept apart while the page is open, so that one can go on with it. */
export const strokes = signal([]);

export const wish = (values) => {
  draft.value = { ...draft.value, ...values };
};

/** Sides in pixels of a shape as "16:9", of about so many pixels in all and in steps of 8. */
export function sides(shape, pixels = 768 * 768) {
  const [across, down] = shape.split(":").map(Number);
  const unit = Math.sqrt(pixels / (across * down));
  return [across, down].map((side) => Math.round((side * unit) / 8) * 8);
}

export const canPaint = computed(() => Boolean(draft.value.prompt.trim() || draft.value.photo));

/** The shape that the picture will have, width over height. */
export const ratio = computed(() => {
  const { photo, size, shape } = draft.value;
  if (Array.isArray(size)) return size[0] / size[1];
  if (photo) return photo.width / photo.height;
  const [width, height] = sides(shape);
  return width / height;
});

/** The brief as the server reads it: only what was wished for. */
export function toBrief(said) {
  const brief = { prompt: said.prompt.trim(), style: styleName(said.styles), size: sizeOf(said) };
  for (const name of ["negative", "title", "seal"]) brief[name] = said[name]?.trim();
  for (const name of ["seed", "engine", "steps", "guidance", "sampler", "purpose"]) brief[name] = said[name];
  for (const name of ["vertical", "mark"]) brief[name] = said[name] || null;
  brief.count = said.count > 1 ? said.count : null;
  brief.enlarge = said.enlarge > 1 && !said.purpose ? said.enlarge : null;
  brief.style_image = said.style_image?.source;
  brief.sketch = said.sketch?.source ?? said.sketch;
  if (said.photo) {
    brief.photo = said.photo.source;
    brief.mask = said.mask?.source;
    if (said.strength === null) brief.influence = said.influence;
    else brief.strength = said.strength;
  }
  if (!/^(poster|card)/.test(said.purpose ?? "")) for (const name of ["title", "seal", "vertical"]) brief[name] = null;
  return Object.fromEntries(Object.entries(brief).filter(([, value]) => given(value)));
}

/** Whether something was said; 0 and false are something. */
export const given = (value) => value !== null && value !== undefined && value !== "";

function sizeOf({ size, shape, photo, purpose }) {
  if (size) return size;
  if (photo || purpose) return null; // they have a shape of their own
  return shape === "1:1" ? null : sides(shape);
}

/** Several styles are blended by weight: "woodblock:0.6,inkwash:0.4". */
export function styleName(styles) {
  if (styles.length < 2) return styles[0]?.[0] ?? null;
  return styles.map(([name, weight]) => `${name}:${weight}`).join(",");
}

/** The draft of a brief of the server; pictures that it cannot show here are left out. */
export function fromBrief(brief) {
  const said = { ...EMPTY };
  for (const name of Object.keys(EMPTY)) if (given(brief[name])) said[name] = brief[name];
  said.styles = stylesOf(brief.style);
  if (Array.isArray(brief.size)) said.shape = shapeOf(brief.size) ?? said.shape;
  if (Array.isArray(brief.size) && shapeOf(brief.size)) said.size = null;
  for (const name of ["photo", "mask", "style_image"]) said[name] = picture(brief[name]);
  said.sketch = brief.sketch === "none" ? "none" : picture(brief.sketch);
  if (!said.photo) Object.assign(said, { strength: null, mask: null, size: said.size === "photo" ? null : said.size });
  return said;
}

function stylesOf(name) {
  if (!name) return [];
  return name.split(",").map((part) => {
    const [style, weight] = part.split(":");
    return [style.trim(), weight ? Number(weight) : 1];
  });
}

function picture(reference) {
  const at = shown(reference);
  return at ? { source: reference, url: at, width: 1, height: 1 } : null;
}

export const SHAPES = ["1:1", "4:5", "3:4", "2:3", "9:16", "5:4", "4:3", "3:2", "16:9"];

const shapeOf = (size) => SHAPES.find((shape) => sides(shape).join() === size.join());
