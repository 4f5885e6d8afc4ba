/* A ranking by tapping, dragging, buttons and keys. What is sent stands in the selects, as without. */

import { _ } from "/static/words.js";
import { follow } from "./dragging.js";
import { slide } from "./sliding.js";
import { tooFew } from "./slips.js";

/** Put buttons where places are chosen; gives a function that says what is still wrong. */
export function rank(choices) {
  const ranking = new Ranking(choices);
  return () => (ranking.placed.length < ranking.least ? tooFew(ranking.least) : "");
}

/* Rows with a place, in their order, then those without; `data-placed` tells them apart. */
class Ranking {
  constructor(choices) {
    this.choices = choices;
    this.list = choices.querySelector("[data-ranking]");
    this.told = choices.querySelector("[data-moved]");
    this.least = Number(choices.dataset.least);
    this.most = Number(choices.dataset.most);
    this.order = this.rows; // of the poll, or nearly
    this.order.forEach(equip);
    choices.append(keys());
    this.read();
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("keydown", (event) => this.key(event));
    follow(this.list, { most: this.most, write: () => this.write(), say: (row) => this.say(row) });
  }

  get rows() { return [...this.list.children]; }
  get placed() { return this.rows.filter(isPlaced); }

  // As it was filled in, whatever order the page has it in.
  read() {
    for (const row of this.order) row.toggleAttribute("data-placed", Boolean(place(row).value));
    const chosen = this.order.filter(isPlaced).sort((a, b) => place(a).value - place(b).value);
    this.list.append(...chosen, ...this.order.filter((row) => !isPlaced(row)));
    this.write();
  }

  write() {
    const { placed, most } = this;
    for (const row of this.rows) dress(row, placed.indexOf(row) + 1, { last: placed.length, most });
  }

  say(row) {
    const option = textOf(row), at = this.placed.indexOf(row) + 1;
    this.told.textContent = at
      ? _("%(option)s is in place %(place)s of %(count)s now.", { option, place: at, count: this.most })
      : _("%(option)s has no place now.", { option });
    this.choices.dispatchEvent(new Event("change", { bubbles: true }));
  }

  change(row, act, button) {
    const focusVisible = document.activeElement.matches(":focus-visible");
    slide(this.rows, act);
    this.write();
    const usable = button && !button.disabled && !button.hidden;
    (usable ? button : grip(row)).focus({ focusVisible });
    this.say(row);
  }

  put(row) {
    const { placed } = this;
    if (isPlaced(row) || placed.length >= this.most) return;
    this.change(row, () => {
      row.dataset.placed = "";
      this.list.insertBefore(row, placed.length ? placed.at(-1).nextSibling : this.list.firstChild);
    });
  }

  take(row) {
    if (!isPlaced(row)) return;
    const after = this.order.slice(this.order.indexOf(row) + 1);
    this.change(row, () => {
      delete row.dataset.placed;
      const next = this.rows.find((each) => !isPlaced(each) && after.includes(each));
      this.list.insertBefore(row, next ?? null);
    });
  }

  move(row, by, button) {
    const { placed } = this, other = placed[placed.indexOf(row) + by];
    if (other && isPlaced(row)) this.change(row, () => (by < 0 ? other.before(row) : other.after(row)), button);
    else if (by < 0) this.put(row);
    else this.take(row);
  }

  click(event) {
    const row = event.target.closest("li"), button = event.target.closest("[data-do]");
    if (!row) return;
    event.preventDefault(); // a label would go to what is behind it
    switch (button?.dataset.do) {
      case "up": return this.move(row, -1, button);
      case "down": return this.move(row, 1, button);
      case "out": return this.take(row);
      default: return this.put(row);
    }
  }

  key(event) {
    const row = event.target.closest("[data-grip]")?.parentElement;
    if (!row || !["ArrowUp", "ArrowDown", "Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    if (event.key.startsWith("Arrow")) this.move(row, event.key === "ArrowUp" ? -1 : 1);
    else this.take(row);
  }
}

/* ---- a row ----------------------------------------------------------------------------------- */

const isPlaced = (row) => "placed" in row.dataset;
const place = (row) => row.querySelector("select");
const grip = (row) => row.querySelector("[data-grip]");
const textOf = (row) => row.querySelector("[data-text]").textContent;
const name = (button, text) => button.setAttribute("aria-label", text);

function equip(row) {
  const handle = button("ranking-grip", "");
  handle.dataset.grip = "";
  handle.setAttribute("aria-describedby", "ranking-keys");
  grip(row).replaceWith(handle);
  place(row).hidden = true;
  for (const [what, sign] of [["up", "↑"], ["down", "↓"], ["out", "×"]]) {
    const made = button(`ranking-button ranking-${what}`, sign);
    made.dataset.do = what;
    row.querySelector("[data-tools]").append(made);
  }
}

const button = (className, textContent) =>
  Object.assign(document.createElement("button"), { type: "button", className, textContent });

function keys() {
  const textContent = _("Use the up and down arrow keys to move it, and Delete to take it out. It can be dragged, too.");
  return Object.assign(document.createElement("p"), { id: "ranking-keys", hidden: true, textContent });
}

// Show a row as it stands: at its place, or at none.
function dress(row, at, { last, most }) {
  const option = textOf(row), handle = grip(row), [up, down, out] = row.querySelectorAll("[data-do]");
  place(row).value = at || "";
  handle.textContent = at || "+";
  handle.disabled = !at && last >= most;
  name(handle, at
    ? _("%(option)s, place %(place)s of %(count)s", { option, place: at, count: most })
    : _("Put %(option)s in place %(place)s", { option, place: last + 1 }));
  for (const each of [up, down, out]) each.hidden = !at;
  up.disabled = at === 1;
  down.disabled = at === last;
  name(up, _("Move %(option)s up", { option }));
  name(down, _("Move %(option)s down", { option }));
  name(out, _("Take %(option)s out", { option }));
}
