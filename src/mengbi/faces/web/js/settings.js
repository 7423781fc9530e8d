// Language, light, who we are, and the page as an app.
import { effect, signal } from "@preact/signals";
import { api } from "./api.js";
import { me } from "./house.js";
import { LANGUAGES, language, speak, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { kept } from "./kept.js";
import { html } from "./lib.js";
import { closeSheet, complain, Segments, Sheet } from "./ui.js";

export const theme = kept("theme", "auto");
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

/** The browser's offer to install the page, while it stands. */
const offer = signal(null);
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer.value = event;
});
addEventListener("appinstalled", () => {
  offer.value = null;
});

export function Settings() {
  const { person, role, version, open } = me.value ?? { open: true };
  const leave = async () => {
    try {
      await api.leave();
      for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name); // nothing of theirs stays
      localStorage.clear();
      location.reload();
    } catch (problem) {
      complain(problem);
    }
  };
  return html`<${Sheet} title=${t("settings")} onClose=${closeSheet}>
    <${Segments} label=${t("language")} value=${language.value} choices=${Object.entries(LANGUAGES)}
      onChange=${(name) => speak(name).catch(complain)} />
    <${Segments} label=${t("theme")} value=${theme.value}
      choices=${["auto", "light", "dark"].map((name) => [name, t(`theme.${name}`)])}
      onChange=${(name) => (theme.value = name)} />
    ${offer.value && html`<button type="button" class="quiet wide" onClick=${() => offer.value.prompt()}><${Icon}
      name="down" />${t("install")}</button>`}
    <section class="keys"><h3>${t("keys")}</h3>
      <dl>
        <div><dt><kbd>Ctrl</kbd> <kbd>Enter</kbd></dt><dd>${t("create")}</dd></div>
        <div><dt><kbd>/</kbd></dt><dd>${t("gallery.search")}</dd></div>
        <div><dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>${t("keys.beside")}</dd></div>
        <div><dt><kbd>f</kbd></dt><dd>${t("favourite")}</dd></div>
      </dl>
    </section>
    ${!open && html`<div class="row spread"><span>${person || t("someone")}<small
      class="soft"> ${t(`role.${role}`)}</small></span>
      <button type="button" class="quiet" onClick=${leave}><${Icon} name="leave" />${t("leave")}</button></div>`}
    <p class="soft small">Mengbi 梦笔 ${version} · ${t("about")}</p>
  <//>`;
}
