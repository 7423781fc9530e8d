// The door. It stands alone: whoever is outside gets no other module.
const WORDS = {
  en: {
    who: "Say who you are. With a token, leave the name empty.",
    name: "Name",
    password: "Password or token",
    enter: "Come in",
    wrong: "That is not a name and password, or a token, of this studio.",
    many: "Too many attempts; try again in a while.",
    silent: "The studio does not answer right now.",
  },
  zh: {
    who: "请说明你是谁。使用令牌时，名字留空。",
    name: "名字",
    password: "密码或令牌",
    enter: "进入",
    wrong: "名字、密码或令牌不对。",
    many: "尝试次数太多，请稍后再试。",
    silent: "画室现在没有回应。",
  },
};
const words = WORDS[document.documentElement.lang.startsWith("zh") ? "zh" : "en"];
for (const place of document.querySelectorAll("[data-says]")) place.textContent = words[place.dataset.says];

const form = document.querySelector("form");
const alert = document.querySelector("[role=alert]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  alert.textContent = "";
  const said = Object.fromEntries(new FormData(form));
  try {
    const response = await fetch("/api/v1/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(said),
    });
    if (response.ok) enter();
    else alert.textContent = response.status === 429 ? words.many : words.wrong;
  } catch {
    alert.textContent = words.silent;
  }
});
/** The door may stand in the place of the page itself; then that is loaded anew. */
function enter() {
  if (location.pathname === "/") location.reload();
  else location.replace(`/${location.hash}`);
}

form.elements.name.focus();
