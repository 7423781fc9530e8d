// A picture dropped anywhere, or pasted, is taken in.
import { mayPaint } from "./house.js";
import { t } from "./i18n.js";
import { receive } from "./photo.js";

const pictureIn = (items) => [...(items ?? [])].find((file) => file.type.startsWith("image/"));

export function watchDrops() {
  const veil = document.createElement("div");
  veil.className = "veil";
  veil.hidden = true;
  document.body.append(veil);
  let depth = 0; // over how many nested elements it hangs
  const files = (event) => mayPaint.value && event.dataTransfer?.types.includes("Files");
  const show = (by) => {
    depth = Math.max(0, depth + by);
    veil.textContent = t("drop");
    veil.hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => files(event) && show(1));
  addEventListener("dragleave", (event) => files(event) && show(-1));
  addEventListener("dragover", (event) => files(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    show(-Infinity);
    const picture = pictureIn(event.dataTransfer.files);
    if (picture) receive(picture);
  });
  addEventListener("paste", (event) => {
    const picture = pictureIn(event.clipboardData?.files);
    if (picture && mayPaint.value) receive(picture);
  });
}
