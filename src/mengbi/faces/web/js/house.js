// What the server has to offer, and who we are.
import { computed, signal } from "@preact/signals";
import { api } from "./api.js";

export const me = signal(null);
export const options = signal({ engines: [], styles: [], shapes: [], purposes: [], samplers: [], limits: {} });

export const styles = computed(() => options.value.styles);
export const styleOf = (name) => styles.value.find((style) => style.name === name);

export async function arrive() {
  [me.value, options.value] = await Promise.all([api.me(), api.options()]);
}
