// What a picture is kept as: a wallpaper for a screen, a poster, a card, an avatar or a sticker.
import { options } from "./house.js";
import { t } from "./i18n.js";
import { html } from "./lib.js";
import { Field, Switch } from "./ui.js";

export const KINDS = ["wallpaper", "poster", "card", "avatar", "sticker"];
const LETTERED = ["poster", "card"];

const variants = (kind) => options.value.purposes.filter(({ name }) => name.startsWith(`${kind}:`));
const named = (name) => name.split(":")[1].replaceAll("-", " ");

/** Chooses what for; `values` has purpose, title, seal and vertical. */
export function Purposes({ values, onChange, kinds = KINDS, needed = false }) {
  const [kind, variant = ""] = (values.purpose ?? "").split(":");
  const choose = (purpose) => onChange({ purpose: purpose || null });
  const several = variants(kind);
  return html`<div class="purposes">
    ${(kinds.length > 1 || !needed) && html`<${Field} label=${t("keep.as")}>
      <select value=${kind} onChange=${(event) => choose(event.target.value)}>
        ${!needed && html`<option value="">${t("keep.plain")}</option>`}
        ${kinds.map((one) => html`<option key=${one} value=${one}>${t(`keep.${one}`)}</option>`)}
      </select>
    <//>`}
    ${several.length > 0 && html`<${Field} label=${t(`keep.${kind}.which`)}>
      <select value=${variant}
        onChange=${(event) => choose(event.target.value ? `${kind}:${event.target.value}` : kind)}>
        <option value="">${t("usual")}</option>
        ${several.map(({ name, size }) => html`<option key=${name}
          value=${name.split(":")[1]}>${named(name)}${size ? `  ${size.join(" × ")}` : ""}</option>`)}
      </select>
    <//>`}
    ${LETTERED.includes(kind) && html`<${Letters} values=${values} onChange=${onChange} />`}
  </div>`;
}

function Letters({ values, onChange }) {
  return html`<${Field} label=${t("keep.title")} note=${t("keep.title.note")}>
      <input type="text" maxlength="200" value=${values.title ?? ""}
        onInput=${(event) => onChange({ title: event.target.value })} />
    <//>
    <${Field} label=${t("keep.seal")} note=${t("keep.seal.note")}>
      <input type="text" maxlength="40" value=${values.seal ?? ""}
        onInput=${(event) => onChange({ seal: event.target.value })} />
    <//>
    <${Switch} label=${t("keep.vertical")} note=${t("keep.vertical.note")} checked=${Boolean(values.vertical)}
      onChange=${(vertical) => onChange({ vertical })} />`;
}
