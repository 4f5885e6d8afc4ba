/* What the desk can do better with JavaScript. Without it, everything still works. */

import { live } from "./live.js";
import { arrange } from "./options.js";
import { _, longDay } from "/static/words.js";

// Times in the reader's own time zone, and in the page's language.
for (const time of document.querySelectorAll("time[datetime]")) {
  time.textContent = longDay(time.dateTime);
}

/* ---- times in forms: shown in the browser's zone, sent in UTC ------------------------------ */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || _("your time zone");
const two = (number) => String(number).padStart(2, "0");
const local = (time) =>
  `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}` +
  `T${two(time.getHours())}:${two(time.getMinutes())}`;

for (const input of document.querySelectorAll("input[data-time]")) {
  const time = new Date(`${input.getAttribute("value")}Z`);
  if (!Number.isNaN(time.getTime())) input.value = local(time);
  const label = document.querySelector(`label[for="${input.id}"] [data-zone]`);
  if (label) label.textContent = `(${zone.replaceAll("_", " ")})`;
  input.form.addEventListener("formdata", ({ formData }) => {
    const chosen = new Date(input.value);
    if (!input.disabled && input.value && !Number.isNaN(chosen.getTime())) {
      formData.set(input.name, chosen.toISOString());
    }
  });
}

/* ---- what has to be typed before something is destroyed ------------------------------------ */

for (const form of document.querySelectorAll("form[data-confirm]")) {
  const input = form.querySelector("[name=confirm]"), button = form.querySelector("button");
  const check = () => { button.disabled = input.value.trim() !== form.dataset.confirm; };
  input.addEventListener("input", check);
  check();
}

/* ---- small things -------------------------------------------------------------------------- */

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue; // browsers give it to HTTPS and this machine alone
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = _("Copied");
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

const form = document.querySelector("[data-poll-form]");
if (form) arrange(form);

const board = document.querySelector("[data-live]");
if (board) live(board);

// A page kept by the browser for its Back button shows how things were.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
