// The page as a whole: where one is, what is open over it, and the line to the server.
import { render } from "preact";
import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { catchUp } from "./album.js";
import { outside } from "./api.js";
import { Avatar } from "./avatar.js";
import { Compare } from "./compare.js";
import { Create } from "./create.js";
import { watchDrops } from "./drop.js";
import { JobView } from "./easel.js";
import { line, listen } from "./events.js";
import { searching } from "./filters.js";
import { Gallery } from "./gallery.js";
import { arrive, mayPaint, me } from "./house.js";
import { language, speak, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { active, hear, review } from "./jobs.js";
import { Lab, RunView } from "./lab.js";
import { classes, html, isTyping } from "./lib.js";
import { keepDelivering } from "./outbox.js";
import { PictureView } from "./picture.js";
import { go, href, route } from "./route.js";
import { Settings } from "./settings.js";
import { closeSheet, complain, leaveOffers, openSheet, sheet, Toasts } from "./ui.js";
import { Work } from "./work.js";

const VIEWS = {
  create: () => html`<${Create} />`,
  gallery: () => html`<${Gallery} />`,
  work: () => html`<${Work} />`,
  job: ([id = ""]) => html`<${JobView} key=${id} id=${id} />`,
  picture: ([id = ""]) => html`<${PictureView} id=${id} />`,
  avatar: () => html`<${Avatar} />`,
  compare: (ids) => html`<${Compare} ids=${ids} />`,
  lab: ([name]) => (name ? html`<${RunView} key=${name} name=${name} />` : html`<${Lab} />`),
};
/** Where the navigation leads, with icons. A viewer has nothing painted, and so no work; the lab is for who has one. */
const PLACES = [["create", "brush"], ["avatar", "avatar"], ["gallery", "grid"], ["work", "list"], ["lab", "flask"]];
const PAINTING = ["create", "avatar", "work", "job"];
const viewOf = (name) => (PAINTING.includes(name) && !mayPaint.value ? "gallery" : name);
/** A line that is cut for a moment is nobody's concern. */
const PATIENCE = 2500;

const cut = signal(false);
let patience;
line.subscribe((heard) => {
  clearTimeout(patience);
  if (heard === "open") cut.value = false;
  else patience = setTimeout(() => (cut.value = true), PATIENCE);
});

function App() {
  const main = useRef();
  const { rest } = route.value;
  const view = viewOf(route.value.view);
  const first = useRef(true);
  useEffect(() => {
    const place = t(VIEWS[view] ? `view.${view}` : "missing");
    document.title = view === "create" ? "Mengbi 梦笔" : `${place} · Mengbi 梦笔`;
  }, [view, language.value]);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    closeSheet();
    leaveOffers();
    if (view !== "gallery") scrollTo(0, 0);
    const focused = main.current.contains(document.activeElement);
    if (!focused) main.current.querySelector("h1")?.focus({ preventScroll: true });
  }, [view, rest.join("/")]);
  return html`<a class="skip" href="#main"
    onClick=${(event) => (event.preventDefault(), main.current.focus())}>${t("skip")}</a>
    <${Head} view=${view} />
    ${cut.value && html`<p class="cut" role="status"><${Icon} name="cloud" size="18" />${t("offline.line")}</p>`}
    <main id="main" ref=${main} tabindex="-1" class=${`view-${view}`}>${(VIEWS[view] ?? VIEWS[viewOf("create")])(rest)}</main>
    <${Tabs} view=${view} />
    ${sheet.value?.()}
    <${Toasts} />`;
}

function Head({ view }) {
  return html`<header class="head">
    <a class="brand" href=${href(viewOf("create"))}><img src="icons/icon.svg" alt="" width="30" height="30" /><span>Mengbi <span
      lang="zh-Hans">梦笔</span></span></a>
    <nav class="places wide-only" aria-label=${t("places")}>${places(view)}</nav>
    <button type="button" class="round" aria-label=${t("settings")}
      onClick=${() => openSheet(() => html`<${Settings} />`)}><${Icon} name="gear" /></button>
  </header>`;
}

const places = (view) =>
  PLACES.filter(([name]) => viewOf(name) === name && (name !== "lab" || me.value?.lab || view === "lab")).map(
    ([name, icon]) => html`<a key=${name} href=${href(name)} class="place"
      aria-current=${view === name ? "page" : undefined}>
      <${Icon} name=${icon} /><span>${t(`view.${name}`)}</span>
      ${name === "work" && active.value.length > 0 && html`<span class="many"><span
        class="hidden">${t("work.now")}: </span>${active.value.length}</span>`}
    </a>`,
  );

function Tabs({ view }) {
  return html`<nav class=${classes("tabs", "narrow-only")} aria-label=${t("places")}>${places(view)}</nav>`;
}

addEventListener("keydown", (event) => {
  if (event.key !== "/" || isTyping(event)) return;
  event.preventDefault();
  searching.value = true;
  go("gallery");
});

/** Whoever is not known any more is asked at the door, and comes back to where they were. */
effect(() => {
  if (outside.value) location.replace(`login.html${location.hash}`);
});

async function begin() {
  await speak();
  render(html`<${App} />`, document.getElementById("app"));
  const again = () => Promise.all([review(), catchUp()]).catch(() => {}); // the line is lost again, and will be back
  listen((kind, data) => (kind === "again" ? again() : hear(kind, data)));
  keepDelivering(complain);
  watchDrops();
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      await arrive();
      break;
    } catch (problem) {
      if (problem.status !== 0) complain(problem);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

begin();
navigator.serviceWorker?.register("sw.js").catch(() => {}); // without one, the page works while the server does
