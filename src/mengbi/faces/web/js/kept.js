// Signals that a browser remembers.
import { effect, signal } from "@preact/signals";

/** A signal that begins with what was kept under that name, and is kept whenever it changes. */
export function kept(name, initial) {
  const value = signal(read(name, initial));
  effect(() => write(name, value.value));
  return value;
}

function read(name, initial) {
  try {
    return JSON.parse(localStorage.getItem(`mengbi.${name}`)) ?? initial;
  } catch {
    return initial; // storage is closed, or holds what is none of ours
  }
}

function write(name, value) {
  try {
    localStorage.setItem(`mengbi.${name}`, JSON.stringify(value));
  } catch {
    // storage is closed or full: then it holds for this visit
  }
}
