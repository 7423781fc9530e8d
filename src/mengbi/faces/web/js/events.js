// What happens at the server, as it happens. One tab of a browser listens and tells the others: a browser opens six
// connections to a host at most, and a person may have more tabs than that.
import { signal } from "@preact/signals";
import { call, outside, url } from "./api.js";

const NAME = "mengbi-events";
const KINDS = ["ready", "job", "progress", "picture"];
const WAITS = [500, 1000, 2000, 5000, 10000]; // milliseconds between attempts

/** Whether the server is heard: "waiting" at first, then "open" or "lost". */
export const line = signal("waiting");

const channel = "BroadcastChannel" in self ? new BroadcastChannel(NAME) : null;
let tell = () => {};
let last = 0;

/** Begins to listen; `hear(kind, data)` gets each event once, and "again" whenever something may have been missed. */
export function listen(hear) {
  tell = hear;
  channel?.addEventListener("message", ({ data }) => receive(data));
  channel?.postMessage({ kind: "hello" });
  // What a page hears while it lies frozen in the history is lost to it.
  addEventListener("pageshow", (event) => event.persisted && hear("again"));
  if (navigator.locks) navigator.locks.request(NAME, lead);
  else lead(); // not a safe address: each tab listens for itself
}

function receive({ id, kind, data }) {
  if (kind === "line") {
    const heardAgain = data === "open" && line.value !== "open";
    line.value = data;
    if (heardAgain) tell("again");
  } else if (kind === "ready") {
    last = data.last; // of another database it may be less than what we saw
  } else if (kind !== "hello" && id > last) {
    last = id;
    tell(kind, data);
  }
}

function send(message) {
  channel?.postMessage(message);
  receive(message);
}

/** Listens for all tabs, for as long as this one is there: the promise never ends, and so the lock stays. */
function lead() {
  channel?.addEventListener("message", ({ data }) => data.kind === "hello" && send({ kind: "line", data: line.value }));
  return new Promise(() => open(0));
}

function open(attempt) {
  const source = new EventSource(url(`events${last ? `?after=${last}` : ""}`));
  source.addEventListener("open", () => {
    attempt = 0;
    send({ kind: "line", data: "open" });
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      send({ id: Number(event.lastEventId), kind, data: JSON.parse(event.data) });
    });
  }
  source.addEventListener("error", () => {
    send({ kind: "line", data: "lost" });
    if (source.readyState === EventSource.CLOSED) knock(attempt); // else the browser tries again, with Last-Event-ID
  });
}

/** Asks who we are before listening again: an EventSource does not say why it was turned away. */
function knock(attempt) {
  setTimeout(async () => {
    try {
      await call("me");
      open(attempt + 1);
    } catch {
      if (!outside.value) knock(attempt + 1);
    }
  }, WAITS[Math.min(attempt, WAITS.length - 1)]);
}
