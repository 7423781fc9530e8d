// What every part of the page is written with.
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);

/** Class names of those that hold: classes("tile", chosen && "chosen"). */
export const classes = (...names) => names.filter(Boolean).join(" ");

/** Calls `act` once nothing more was asked for `wait` milliseconds. */
export function later(act, wait) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), wait);
  };
}

/** Whether a key belongs to a field, a sheet or the browser itself. */
export const isTyping = ({ target, altKey, ctrlKey, metaKey }) =>
  Boolean(altKey || ctrlKey || metaKey || target.closest?.("input, textarea, select, dialog, [role=application]"));

/** A key that nobody else has; randomUUID is there on safe addresses only. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
