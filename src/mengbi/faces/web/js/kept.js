// Signals that a browser remembers.
import { effect, signal } from "@preact/signals";

/** A signal that begins with what was kept under that name, and is kept whenever it changes; `shared`: by all tabs. */
export function kept(name, initial, shared = false) {
  const value = signal(read(name, initial));
  const changed = ({ key }) => key === `mengbi.${name}` && (value.value = read(name, initial));
  if (shared) addEventListener("storage", changed);
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
