// Every parameter there is. Nobody needs this; whoever does finds all of it here.
import { draft, EMPTY, wish } from "./draft.js";
import { options } from "./house.js";
import { t, told } from "./i18n.js";
import { html } from "./lib.js";
import { choosePicture, send } from "./photo.js";
import { Purposes } from "./purposes.js";
import { Field, Segments, Sheet, Slider, Switch } from "./ui.js";

const text = (name) => (event) => wish({ [name]: event.target.value });
const whole = (name) => ({ target: { value } }) => wish({ [name]: value === "" ? null : Math.trunc(Number(value)) });

export function Drawer({ onClose }) {
  const foot = html`<button type="button" class="quiet" onClick=${reset}>${t("drawer.reset")}</button>
    <button type="button" class="main" onClick=${onClose}>${t("done")}</button>`;
  return html`<${Sheet} title=${t("drawer")} kind="tall side" foot=${foot} onClose=${onClose}>
    <div class="drawer">
      <${Pictures} />
      <${Keeping} />
      <${Painter} />
      <${Sources} />
    </div>
  <//>`;
}

function reset() {
  const { prompt, styles, photo, sketch } = draft.value;
  draft.value = { ...EMPTY, prompt, styles, photo, sketch };
}

function Pictures() {
  const { count, seed, size, photo, negative } = draft.value;
  const side = (index) => (event) => {
    const other = Array.isArray(size) ? size : [768, 768];
    const sides = other.map((old, at) => (at === index ? Number(event.target.value) : old));
    wish({ size: event.target.value === "" ? null : sides });
  };
  const field = (index, label) => html`<${Field} label=${label}>
    <input type="number" min="64" max="4096" step="8" value=${Array.isArray(size) ? size[index] : ""}
      placeholder=${t("usual")} onInput=${side(index)} />
  <//>`;
  return html`<section>
    <h3>${t("drawer.picture")}</h3>
    <${Segments} label=${t("count")} value=${count} choices=${[1, 2, 4, 8].map((many) => [many, many])}
      onChange=${(count) => wish({ count })} />
    <${Field} label=${t("negative")}><textarea rows="2" value=${negative} onInput=${text("negative")}></textarea><//>
    <${Field} label=${t("seed")} note=${t("seed.note")}>
      <input type="number" min="0" step="1" value=${seed ?? ""} placeholder=${t("seed.any")} onInput=${whole("seed")} />
    <//>
    <div class="pair">${field(0, t("width"))}${field(1, t("height"))}</div>
    ${photo && html`<${Switch} label=${t("size.photo")} checked=${size === "photo"}
      onChange=${(on) => wish({ size: on ? "photo" : null })} />`}
  </section>`;
}

function Keeping() {
  const { enlarge, purpose, mark } = draft.value;
  return html`<section>
    <h3>${t("drawer.keep")}</h3>
    <${Purposes} values=${draft.value} onChange=${wish} />
    ${!purpose && html`<${Segments} label=${t("enlarge")} value=${enlarge}
      choices=${[[1, t("as.is")], [2, "×2"], [4, "×4"]]} onChange=${(enlarge) => wish({ enlarge })} />`}
    <${Switch} label=${t("mark")} note=${t("mark.note")} checked=${mark} onChange=${(mark) => wish({ mark })} />
  </section>`;
}

function Painter() {
  const { engines, samplers } = options.value;
  const { engine, steps, guidance, sampler, strength, photo, priority } = draft.value;
  const now = engines.find(({ name }) => name === engine) ?? engines[0];
  const takes = (name) => now?.uses?.includes(name);
  const choose = (name) => wish({ engine: name || null, steps: null, guidance: null, sampler: null });
  return html`<section>
    <h3>${t("drawer.painter")}</h3>
    <${Field} label=${t("engine")} note=${now && told(`engine.${now.name}`, now.title)}>
      <select value=${engine ?? ""} onChange=${(event) => choose(event.target.value)}>
        <option value="">${t("usual")}</option>
        ${engines.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>
    <//>
    ${takes("steps") && html`<${Slider} label=${t("steps")} value=${steps} usual=${now.defaults.steps} min="1" max="50"
      onChange=${(steps) => wish({ steps })} />`}
    ${takes("guidance") && html`<${Slider} label=${t("guidance")} note=${t("guidance.note")} value=${guidance}
      usual=${now.defaults.guidance} min="0" max="15" step="0.5" onChange=${(guidance) => wish({ guidance })} />`}
    ${takes("sampler") && html`<${Field} label=${t("sampler")}>
      <select value=${sampler ?? ""} onChange=${(event) => wish({ sampler: event.target.value || null })}>
        <option value="">${t("usual")}</option>
        ${samplers.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      </select>
    <//>`}
    ${photo && html`<${Slider} label=${t("strength")} note=${t("strength.note")} value=${strength} usual=${0.5} min="0"
      max="1" step="0.05" onChange=${(strength) => wish({ strength })} />`}
    <${Segments} label=${t("priority")} value=${priority} onChange=${(priority) => wish({ priority })}
      choices=${[[-1, t("priority.low")], [0, t("priority.usual")], [1, t("priority.high")]]} />
  </section>`;
}

/** The underdrawing, and a picture to paint in the manner of. */
function Sources() {
  const { sketch, style_image: model } = draft.value;
  const take = async (file) => {
    const kept = await send(file);
    if (kept) wish({ style_image: { source: kept.source, url: kept.url } });
  };
  return html`<section>
    <h3>${t("drawer.sources")}</h3>
    <${Switch} label=${t("sketch.none")} note=${t("sketch.note")} checked=${sketch === "none"}
      onChange=${(on) => wish({ sketch: on ? "none" : null })} />
    <div class="model">
      ${model && html`<img src=${model.url} alt=${t("model")} />`}
      <span>${t("model")}<small>${t("model.note")}</small></span>
      ${model
        ? html`<button type="button" class="chip"
          onClick=${() => wish({ style_image: null })}>${t("photo.remove")}</button>`
        : html`<button type="button" class="chip" onClick=${() => choosePicture(take)}>${t("choose")}</button>`}
    </div>
  </section>`;
}
