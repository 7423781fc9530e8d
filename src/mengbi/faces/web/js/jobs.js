// The jobs that this person gave, as the server tells of them. The server's word counts: nothing is kept here.
import { computed, signal } from "@preact/signals";
import { api } from "./api.js";

const ACTIVE = ["running", "queued", "paused"];
const MANY = 200;

/** Jobs by number, each with what was last heard of it: done, stage, step, pictures. */
export const jobs = signal(new Map());
/** Pictures that came to be while this page was open, the latest first. */
export const fresh = signal([]);

export const inOrder = computed(() => [...jobs.value.values()].sort((a, b) => b.id - a.id));
export const active = computed(() => inOrder.value.filter((job) => ACTIVE.includes(job.state)));

export const isActive = (job) => ACTIVE.includes(job?.state);
export const jobOf = (id) => jobs.value.get(Number(id));

/** Learns of a job; what is known of it beside stays. */
function learn(job) {
  const known = new Map(jobs.value);
  known.set(job.id, { ...known.get(job.id), ...job });
  for (const id of [...known.keys()].sort((a, b) => a - b).slice(0, Math.max(0, known.size - MANY))) {
    if (!isActive(known.get(id))) known.delete(id);
  }
  jobs.value = known;
}

let news = 0;
const heard = new Map(); // by job, the number of the last news of it

/** Learns of the job or the jobs of an answer; what was heard while it was on its way counts more. The answer. */
export async function take(asked) {
  const before = news;
  const answer = await asked;
  for (const job of answer.items ?? [answer]) {
    learn((heard.get(job.id) ?? 0) > before ? { ...job, ...jobOf(job.id) } : job);
  }
  return answer;
}

/** Asks for one job, with its pictures. */
export const look = (id) => take(api.job(id));

/** Asks for the pictures of a finished job once the element comes into sight. */
export function whenSeen(element, job) {
  if (!element || job.state !== "done" || job.pictures) return undefined;
  const watch = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    watch.disconnect();
    look(job.id).catch(() => {}); // then it is listed without them
  });
  watch.observe(element);
  return () => watch.disconnect();
}

/** Asks for the latest jobs and for all that are under way. */
export async function review() {
  const asked = [{}, ...ACTIVE.map((state) => ({ state }))].map((which) => take(api.jobs({ ...which, limit: 50 })));
  const said = new Set((await Promise.all(asked)).flatMap((page) => page.items.map(({ id }) => id)));
  for (const { id } of active.value) {
    if (!said.has(id)) await look(id);
  }
}

/** Takes in what an event tells. */
export function hear(kind, data) {
  if (kind === "job") {
    heard.set(data.id, ++news);
    learn(data);
  }
  if (kind === "progress" && jobOf(data.job)) learn({ ...data, id: data.job }); // else review tells of it, whole
  if (kind === "picture") {
    const { job, picture } = data;
    fresh.value = [picture, ...fresh.value.filter((one) => one.id !== picture.id)].slice(0, MANY);
    const known = jobOf(job);
    const others = (known?.pictures ?? []).filter(({ id }) => id !== picture.id);
    if (known) learn({ id: known.id, pictures: [...others, picture] });
  }
}

export const move = (job, how) => take(api.move(job.id, how));
