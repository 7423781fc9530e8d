// What the server has to offer, who we are, and what we may do.
import { computed, signal } from "@preact/signals";
import { api } from "./api.js";
import { kept } from "./kept.js";

export const me = signal(null);
export const options = signal({ engines: [], styles: [], shapes: [], purposes: [], samplers: [], limits: {} });

export const styles = computed(() => options.value.styles);
export const styleOf = (name) => styles.value.find((style) => style.name === name);

/** What we were the last time: the page is drawn before the server has said it again. */
const role = kept("role", "admin");
/** Whether what we ask for is painted: viewers look, and mark what they like. */
export const mayPaint = computed(() => role.value !== "viewer");

export async function arrive() {
  [me.value, options.value] = await Promise.all([api.me(), api.options()]);
  role.value = me.value.role;
}
