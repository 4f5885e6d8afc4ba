/* Copies what one may want to take elsewhere. */

import { _ } from "/static/words.js";

/** Make the buttons beside the texts work; without a clipboard one copies by hand. */
export function share(page) {
  const said = page.querySelector("[data-copied-word]");
  for (const button of page.querySelectorAll("[data-copy]")) {
    const text = button.previousElementSibling.querySelector("[data-copied]");
    text.addEventListener("focus", () => text.select());
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      text.select();
      await navigator.clipboard.writeText(text.value);
      button.textContent = said.textContent = _("Copied");
      setTimeout(() => (button.textContent = _("Copy")), 2000);
    });
  }
}
