// Wishes on their way to the server. What was asked for is written down here first, and crossed out when the server
// has it: a cut line or a closed tab loses nothing, and the key keeps it from being painted twice.
import { line } from "./events.js";
import { api } from "./api.js";
import { kept } from "./kept.js";
import { take } from "./jobs.js";
import { newKey } from "./lib.js";

export const outbox = kept("outbox", [], true);

/** Asks for a picture: the Job, or null where the line is cut and it waits. Throws Problem where the server says no. */
export function ask(brief, more = {}) {
  return post({ brief, ...more });
}

/** Asks for something made of a picture: { how: "retry" }. The same promises hold. */
export function askAgain(picture, how) {
  return post({ picture, how });
}

async function post(wish) {
  const entry = { key: newKey(), wish, at: Date.now() };
  outbox.value = [...outbox.value, entry];
  return deliver(entry);
}

async function deliver({ key, wish }) {
  try {
    const job = await take(wish.how ? api.again(wish.picture, wish.how, key) : api.paint(wish, key));
    drop(key);
    return job;
  } catch (problem) {
    if (waits(problem)) return null;
    drop(key);
    throw problem;
  }
}

/** Nobody answered, the server is starting, or it asks for patience or a password: none of it is a no. */
const waits = ({ status, code }) => [0, 401, 502, 503, 504].includes(status) || (status === 429 && code !== "quota");

export function drop(key) {
  outbox.value = outbox.value.filter((entry) => entry.key !== key);
}

/** Delivers what waits; a wish that the server refuses is told to `refused`. */
export async function deliverAll(refused) {
  for (const entry of outbox.value) {
    try {
      if (!(await deliver(entry))) return;
    } catch (problem) {
      refused(problem);
    }
  }
}

/** Tries again whenever the server is heard again, and now and then. */
export function keepDelivering(refused) {
  const attempt = () => outbox.value.length > 0 && deliverAll(refused);
  line.subscribe((heard) => heard === "open" && attempt());
  setInterval(attempt, 15_000);
}
