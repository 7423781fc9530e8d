// Before anything is painted: the theme and the language that were chosen here, so that nothing flashes.
(() => {
  const kept = (name) => {
    try {
      return JSON.parse(localStorage.getItem(`mengbi.${name}`));
    } catch {
      return null; // storage is closed, or holds what is none of ours
    }
  };
  const theme = kept("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const languages = [kept("language"), ...navigator.languages].filter(Boolean);
  const known = languages.find((language) => /^(zh|en)\b/.test(language)) ?? "en";
  document.documentElement.lang = known.startsWith("zh") ? "zh-Hans" : "en";
})();
