// What the page asks the server.
import { signal } from "@preact/signals";

const ROOT = new URL("api/v1/", document.baseURI).href;

/** Whether the server does not know who we are: then its door is shown. */
export const outside = signal(false);

/** What went wrong, in the server's words, and as a code and values for words of our own; status 0: nobody answered. */
export class Problem extends Error {
  constructor(status, title, { detail, code, params } = {}) {
    super(detail || title);
    Object.assign(this, { status, code, params });
  }
}

export const url = (path) => new URL(path, ROOT).href;

/** A query string of those that are said. */
export function query(values) {
  const said = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return said.length ? `?${new URLSearchParams(said)}` : "";
}

/** Asks, and gives the JSON that was answered, or null. Throws Problem. */
export async function call(path, { method = "GET", json, body, headers = {}, signal: until } = {}) {
  const told = { Accept: "application/json", ...(json === undefined ? {} : { "Content-Type": "application/json" }) };
  const asked = { method, headers: { ...told, ...headers }, signal: until, credentials: "same-origin" };
  asked.body = json === undefined ? body : JSON.stringify(json);
  let response;
  try {
    response = await fetch(url(path), asked);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "offline");
  }
  if (response.status === 401) outside.value = true;
  if (!response.ok) throw await problem(response);
  return response.status === 204 ? null : response.json();
}

async function problem(response) {
  const told = await response.json().catch(() => ({}));
  return new Problem(response.status, told.title ?? response.statusText, told);
}

const post = (path, json, headers) => call(path, { method: "POST", json, headers });

function formOf(file, name = file.name) {
  const form = new FormData();
  form.append("file", file, name ?? "picture.png");
  return form;
}

export const api = {
  me: () => call("me"),
  options: () => call("options"),
  ideas: (asked, until) => call(`ideas${query(asked)}`, { signal: until }),
  modifiers: (asked, until) => call(`modifiers${query(asked)}`, { signal: until }),
  surprise: () => call("surprise"),
  scene: (prompt, until) => call("scene", { method: "POST", json: { prompt }, signal: until }),
  upload: (file, name) => call("sources", { method: "POST", body: formOf(file, name) }),
  jobs: (asked = {}) => call(`jobs${query(asked)}`),
  job: (id) => call(`jobs/${id}`),
  paint: (wish, key) => post("jobs", wish, { "Idempotency-Key": key }),
  move: (id, how) => post(`jobs/${id}/${how}`),
  pictures: (asked, until) => call(`pictures${query(asked)}`, { signal: until }),
  picture: (id) => call(`pictures/${id}`),
  steps: (id) => call(`pictures/${id}/steps`),
  change: (id, what) => call(`pictures/${id}`, { method: "PATCH", json: what }),
  remove: (id) => call(`pictures/${id}`, { method: "DELETE" }),
  again: (id, how, key) => post(`pictures/${id}/again`, how, { "Idempotency-Key": key }),
  collections: () => call("collections"),
  collect: (name) => post("collections", { name }),
  put: (collection, picture) => call(`collections/${collection}/pictures/${picture}`, { method: "PUT" }),
  take: (collection, picture) => call(`collections/${collection}/pictures/${picture}`, { method: "DELETE" }),
  traits: () => call("traits"),
  faces: (faces) => post("faces", { faces }),
  likeness: (photo) => call("likeness", { method: "POST", body: formOf(photo) }),
  trainings: () => call("trainings"),
  training: (name) => call(`trainings/${encodeURIComponent(name)}`),
  leave: () => post("logout"),
};

export const thumb = (id) => url(`pictures/${id}/thumb`);
export const file = (id) => url(`pictures/${id}/file`);
export const saved = (id) => url(`pictures/${id}/file?download=1`);
export const sample = (style) => url(`styles/${encodeURIComponent(style)}/thumbnail`);
export const preview = (id, step) => url(`jobs/${id}/preview?step=${step}`);

/** Where a picture of a brief can be seen: "source:DIGEST" or "picture:ID"; null for one that is elsewhere. */
export function shown(reference) {
  const [kind, name] = String(reference ?? "").split(":");
  if (kind === "source" && name) return url(`sources/${name}`);
  return kind === "picture" && name ? thumb(name) : null;
}
