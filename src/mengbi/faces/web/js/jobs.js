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
export function learn(job) {
  const known = new Map(jobs.value);
  known.set(job.id, { ...known.get(job.id), ...job });
  for (const id of [...known.keys()].sort((a, b) => a - b).slice(0, Math.max(0, known.size - MANY))) {
    if (!isActive(known.get(id))) known.delete(id);
  }
  jobs.value = known;
  return known.get(job.id);
}

/** Asks for one job, with its pictures. */
export async function look(id) {
  return learn(await api.job(id));
}

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
  const pages = await Promise.all([api.jobs({ limit: 50 }), ...ACTIVE.map((state) => api.jobs({ state, limit: 50 }))]);
  const said = new Map(pages.flatMap((page) => page.items).map((job) => [job.id, job]));
  for (const known of active.value) {
    if (!said.has(known.id)) await look(known.id);
  }
  for (const job of said.values()) learn(job);
}

/** Takes in what an event tells. */
export function hear(kind, data) {
  if (kind === "job") learn(data);
  if (kind === "progress" && jobOf(data.job)) learn({ ...data, id: data.job }); // else review tells of it, whole
  if (kind === "picture") {
    const { job, picture } = data;
    fresh.value = [picture, ...fresh.value.filter((one) => one.id !== picture.id)].slice(0, MANY);
    const known = jobOf(job);
    const others = (known?.pictures ?? []).filter(({ id }) => id !== picture.id);
    if (known) learn({ id: known.id, pictures: [...others, picture] });
  }
}

export async function move(job, how) {
  return learn(await api.move(job.id, how));
}
