// The pictures of the gallery as far as they were read: a page more whenever the end comes near.
import { signal } from "@preact/signals";
import { api } from "./api.js";
import { fresh } from "./jobs.js";
import { shownRatio } from "./layout.js";
import { complain } from "./ui.js";

const FIRST = 60; // what fills a window at once
const PAGE = 500;

/** What is looked for. */
export const EVERYTHING = {
  q: "", meaning: false, style: "", engine: "", favourite: false, stars: "", collection: "", tag: "",
};
export const sought = signal(EVERYTHING);
/** Counts up whenever the list below changed. */
export const edition = signal(0);
export const state = signal("new"); // new, reading, more, whole

/** The pictures in order: only what a gallery of a hundred thousand needs of each. */
export const album = { pictures: [], ratios: [], places: new Map(), cursor: undefined };
let until = new AbortController();
let newest = 0;

const small = ({ id, size, prompt, title, favourite }) => ({
  id, size, favourite, words: (title || prompt).slice(0, 160),
});

/** Begins anew with what is looked for. */
export function seek(change = {}) {
  sought.value = { ...sought.value, ...change };
  until.abort();
  until = new AbortController();
  Object.assign(album, { pictures: [], ratios: [], places: new Map(), cursor: undefined });
  state.value = "more";
  edition.value += 1;
  return more();
}

/** Reads a page more. */
export async function more() {
  if (state.value !== "more") return;
  state.value = "reading";
  const { q, meaning, favourite, ...rest } = sought.value;
  const limit = album.cursor || meaning ? PAGE : FIRST;
  const asked = { ...rest, favourite: favourite || null, cursor: album.cursor, limit, [meaning ? "meaning" : "q"]: q };
  const mine = until.signal;
  try {
    const page = await api.pictures(asked, mine);
    for (const picture of page.items) put(picture);
    album.cursor = page.next;
    state.value = page.next ? "more" : "whole";
  } catch (problem) {
    if (mine.aborted) return;
    state.value = "more";
    complain(problem);
  }
  edition.value += 1;
}

function put(picture) {
  if (album.places.has(picture.id)) return;
  album.places.set(picture.id, album.pictures.length);
  album.pictures.push(small(picture));
  album.ratios.push(shownRatio(...picture.size));
}

function renumber() {
  album.places = new Map(album.pictures.map((picture, place) => [picture.id, place]));
  album.ratios = album.pictures.map(({ size }) => shownRatio(...size));
  edition.value += 1;
}

/** Whether everything is shown, the newest first. */
const everything = () => Object.entries(EVERYTHING).every(([name, value]) => sought.value[name] === value);

/** Puts pictures that have just been painted in front; how many there were. */
export function welcome() {
  const come = fresh.value.filter(({ id }) => id > newest && !album.places.has(id));
  newest = Math.max(newest, ...fresh.value.map(({ id }) => id));
  if (!come.length || state.value === "new" || !everything()) return 0;
  album.pictures.unshift(...come.map(small));
  renumber();
  return come.length;
}

/** Asks for what was painted while nobody listened. */
export async function catchUp() {
  if (state.value === "new") return;
  const { items } = await api.pictures({ limit: FIRST });
  const heard = new Set(fresh.value.map(({ id }) => id));
  const missed = items.filter(({ id }) => !heard.has(id) && !album.places.has(id));
  if (missed.length && missed.length === items.length && album.pictures.length && everything()) seek(); // more than that
  else if (missed.length) fresh.value = [...missed, ...fresh.value].sort((one, other) => other.id - one.id);
}

export function forget(id) {
  if (!album.places.has(id)) return;
  album.pictures = album.pictures.filter((picture) => picture.id !== id);
  renumber();
}

/** What changed of a picture is shown here, too. */
export function note(picture) {
  const place = album.places.get(picture.id);
  if (place === undefined) return;
  album.pictures[place] = small(picture);
  edition.value += 1;
}

/** The pictures before and behind one, by number, where the gallery has been looked at. */
export function beside(id) {
  const place = album.places.get(id);
  return place === undefined ? [] : [album.pictures[place - 1]?.id, album.pictures[place + 1]?.id];
}
