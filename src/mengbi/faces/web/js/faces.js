// The face that is being made: what was asked of it, remembered by the browser, and how the server draws that.
import { computed, signal } from "@preact/signals";
import { api, thumb } from "./api.js";
import { line } from "./events.js";
import { listed, said } from "./i18n.js";
import { kept } from "./kept.js";
import { later } from "./lib.js";
import { go } from "./route.js";
import { complain } from "./ui.js";

/** traits: by name, 1 or 0 for one that must not be; parents: two faces; from: their pictures, null for one of none. */
export const EMPTY = {
  words: "", traits: {}, sliders: {}, seed: 7, genes: null, parents: null, from: [], style: null, background: "none",
};
export const SIDE = 128; // pixels of what is drawn at once
export const MANY = 16;
const GENERATIONS = 6; // of a family that the server reads
const SOON = 40; // milliseconds until what was changed is drawn
const QUIET = 900; // and until others like it are

export const asked = kept("avatar", EMPTY);
asked.value = { ...EMPTY, ...asked.value };
/** What the server drew last: { face, unmet, unknown, picture }. */
export const shown = signal(null);
/** Faces to choose from. */
export const row = signal([]);
/** What can be said of a face. */
export const book = signal({ groups: [], sliders: [], lacks: {} });

const named = computed(() => new Map(book.value.groups.flatMap(({ traits }) => traits.map((one) => [one.name, one]))));
const groups = computed(
  () => new Map(book.value.groups.flatMap((group) => group.traits.map(({ name }) => [name, group]))),
);

export const called = (name) => said(named.value.get(name)) || name;
export const groupOf = (name) => groups.value.get(name);

/** A face in words: its traits, in the language of the person. */
export const described = ({ traits }) => listed(Object.keys(traits).map(called));

export const someSeed = () => Math.floor(Math.random() * 2 ** 32);

/** Changes what is asked for, and has it drawn; the faces to choose from follow where others are meant. */
export function want(change) {
  asked.value = { ...asked.value, ...change };
  soon();
  if ("words" in change || "traits" in change) afterwards();
}

/** A face, and of those that it comes from so many generations, its own the first. */
const remembered = ({ parents, ...face }, generations) =>
  parents && generations > 1 ? { ...face, parents: parents.map((one) => remembered(one, generations - 1)) } : face;

/** What the server reads; the same wishes give the same face. */
export function wishes({ words, traits, sliders, seed, genes, parents }) {
  const moved = Object.entries(sliders).filter(([, amount]) => amount);
  const face = { seed, traits, sliders: Object.fromEntries(moved), ...(genes && { genes }) };
  if (parents) face.parents = parents.map((parent) => remembered(parent, GENERATIONS - 1));
  return { prompt: words.trim(), face };
}

/** The same with nothing left open: what is kept is what was seen. Words of its own tell a search of it. */
export async function settled(wanted) {
  const [{ face }] = await drawn([wishes(wanted)]);
  const never = Object.fromEntries(Object.entries(wanted.traits).filter(([, amount]) => amount === 0));
  return { prompt: wanted.words.trim() || described(face), face: { ...face, traits: { ...never, ...face.traits } } };
}

/** A face just as it is, whoever its parents were. */
export const exactly = ({ parents, ...face }) => ({ prompt: "", face });

export const drawn = async (faces) => (await api.faces(faces)).items;

/** What nobody answered: it is asked again as soon as somebody is heard. */
const missed = new Set();

function failed(problem, act) {
  if (problem.status === 0) missed.add(act);
  complain(problem);
}

function again() {
  const acts = [...missed];
  missed.clear();
  for (const act of acts) act();
}
line.subscribe((heard) => heard === "open" && again());
addEventListener("online", again);

let drawing = false;
let stale = false;

/** Draws what is asked for, and once more if it was changed meanwhile: what was asked for last is what is seen. */
async function look() {
  stale = true;
  if (drawing) return;
  drawing = true;
  while (stale) {
    stale = false;
    try {
      [shown.value] = await drawn([wishes(asked.value)]);
    } catch (problem) {
      failed(problem, look);
    }
  }
  drawing = false;
}
const soon = later(look, SOON);

let filled = 0;

/** Draws sixteen of the same wishes; of two parents their children. */
export async function fillRow() {
  const mine = (filled += 1);
  const seeds = Array.from({ length: MANY }, someSeed);
  const now = { ...asked.value, genes: null };
  try {
    const items = await drawn(seeds.map((seed) => wishes({ ...now, seed })));
    if (mine === filled) row.value = items.map((item, at) => ({ ...item, wish: { ...now, seed: seeds[at] } }));
  } catch (problem) {
    if (mine === filled) failed(problem, fillRow);
  }
}

const afterwards = later(fillRow, QUIET);

/** Takes a face to choose from, with all that it was asked with; its own row stays. */
export function choose({ wish: { style, background, ...wish } }, others = row.value) {
  asked.value = { ...asked.value, ...wish };
  row.value = others;
  soon();
}

export async function begin() {
  try {
    if (!book.value.groups.length) book.value = await api.traits();
    await look();
    if (!row.value.length) await fillRow();
  } catch (problem) {
    failed(problem, begin);
  }
}

/** Goes on with a face that was kept, or that a file brought along. */
export function adopt({ prompt = "", style = null, background = null, seed, face }) {
  const { parents = null, genes = null, traits = {}, sliders = {} } = face;
  const own = { traits, sliders, genes, parents, seed: face.seed ?? seed ?? someSeed() };
  const around = { style: style === "none" ? null : style, background: background ?? "none" };
  asked.value = { ...EMPTY, ...own, ...around, words: prompt };
  row.value = [];
  shown.value = null;
  go("avatar");
}

/** The face of a picture of the gallery, as one to cross: { face, from, image }, or null. */
export async function faceOf(id) {
  const face = (await api.picture(id)).plan?.samples?.[0]?.face;
  return face ? { face, from: id, image: thumb(id) } : null;
}

/** The same face in each mood that its look has. */
export function moods(face) {
  const { traits, sliders = {}, ...rest } = face;
  const all = book.value.groups.find(({ name }) => name === "mood").traits.map(({ name }) => name);
  const look = Object.keys(traits).find((name) => groupOf(name)?.name === "style");
  const others = Object.fromEntries(Object.entries(traits).filter(([name]) => !all.includes(name)));
  const { smile, ...still } = sliders;
  return all
    .filter((mood) => !book.value.lacks[look]?.includes(mood))
    .map((mood) => ({ ...exactly({ ...rest, traits: { ...others, [mood]: 1 }, sliders: still }), mood }));
}
