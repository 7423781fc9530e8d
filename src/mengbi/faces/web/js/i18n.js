// Words in the language of the person: t("gallery.empty"), t("pictures", { n: 3 }).
import { signal } from "@preact/signals";
import { kept } from "./kept.js";

export const LANGUAGES = { en: "English", zh: "中文" };
const TAGS = { en: "en", zh: "zh-Hans" };

const chosen = kept("language", null);
export const language = signal("en");
const words = signal({});

/** Reads the words of the language that was chosen, or that the browser asks for. */
export async function speak(name = chosen.value) {
  const wanted = name ?? (document.documentElement.lang.startsWith("zh") ? "zh" : "en");
  const response = await fetch(`locales/${wanted}.json`);
  words.value = await response.json();
  language.value = wanted;
  if (name) chosen.value = name;
  document.documentElement.lang = TAGS[wanted];
}

/** The words of a key; {name} stands for a value, and with n the key may have the forms .one and .other. */
export function t(key, values = {}) {
  const known = words.value;
  const form = "n" in values ? `${key}.${new Intl.PluralRules(language.value).select(values.n)}` : key;
  const text = known[form] ?? known[`${key}.other`] ?? known[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** The words of a key that not every language has to have; else the other ones. */
export const told = (key, otherwise) => words.value[key] ?? otherwise ?? "";

/** What went wrong: our words for its code where we have them, else the server's own, which are English. */
export function reason({ code, params = {}, message }) {
  const inner = params.errors?.find((one) => words.value[`problem.${one.code}`]);
  if (inner) return reason({ ...inner, message });
  const text = words.value[`problem.${code}`];
  const needed = text?.match(/(?<=\{)\w+(?=\})/g) ?? [];
  if (!text || needed.some((name) => params[name] === undefined || params[name] === null)) return message;
  return text.replace(/\{(\w+)\}/g, (_, name) => listed([params[name]].flat()));
}

/** Several as one text, in the way of the person's language. */
export const listed = (names) => names.join(language.value === "zh" ? "、" : ", ");

/** One of several in the language of the person: { en, zh }. */
export const said = (texts) => texts?.[language.value] || texts?.en || "";

const ago = (form) => new Intl.RelativeTimeFormat(language.value, { numeric: "auto", style: form });
const SPANS = [
  ["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", 4.35], ["month", 12], ["year", Infinity],
];

/** How long ago that was: "3 minutes ago". */
export function since(time) {
  let span = (new Date(time) - Date.now()) / 1000;
  if (span > -45) return t("time.now");
  for (const [unit, many] of SPANS) {
    if (Math.abs(span) < many) return ago("long").format(Math.round(span), unit);
    span /= many;
  }
  return "";
}

export const number = (value) => new Intl.NumberFormat(language.value).format(value);
export const moment = (time) =>
  new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
