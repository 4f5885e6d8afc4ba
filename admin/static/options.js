/* The options of a poll: added, removed and put in order without asking the server. */

import { _ } from "/static/words.js";

const MOST = 5.5 * 1024 * 1024; // bytes of all files together: NGINX lets 6 MB through
const TOO_MUCH = _("These images are too large together. Save some first, then add the others.");

/** Look after the form of a poll. */
export function arrange(form) {
  const list = form.querySelector("[data-rows]"), model = form.querySelector("[data-new-row]");
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") preview(event.target);
    weigh(form);
  });
  if (!model) return; // the options are fixed
  const told = form.querySelector("[data-told]");
  const rows = () => [...list.querySelectorAll("[data-row]")];
  const place = (row) => rows().indexOf(row) + 1;
  const field = (row) => row.querySelector(".input");
  const number = () => rows().forEach((row, index) => {
    const name = _("Option %(number)s", { number: index + 1 });
    row.querySelector("[data-place]").textContent = name;
    field(row).placeholder = name;
  });
  const named = (row) => field(row).value || field(row).placeholder;
  const say = (row) => {
    const option = named(row);
    number();
    told.textContent = _("%(option)s is at place %(place)s now.", { option, place: place(row) });
  };

  const move = (row, by) => {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    other[by < 0 ? "before" : "after"](row);
    say(row);
  };

  const add = () => {
    const next = 1 + Math.max(0, ...rows().map((row) => Number(row.querySelector("[name=row]").value)));
    const made = model.content.cloneNode(true).firstElementChild;
    for (const node of [made, ...made.querySelectorAll("*")]) {
      for (const { name, value } of [...node.attributes]) {
        if (value.includes("NUMBER")) node.setAttribute(name, value.replace("NUMBER", next));
      }
    }
    list.append(made);
    equip(made);
    number();
    return made;
  };

  const remove = (row) => {
    const near = row.nextElementSibling ?? row.previousElementSibling;
    told.textContent = _("%(option)s is removed.", { option: named(row) });
    row.remove();
    number();
    if (near) field(near).focus();
    weigh(form);
  };

  function equip(row) {
    const grip = row.querySelector("[data-grip]");
    grip.hidden = false;
    grip.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      move(row, by);
      grip.focus();
    });
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      grip.focus();
      grip.setPointerCapture(event.pointerId);
      row.classList.add("option-dragged");
    });
    grip.addEventListener("pointermove", (event) => {
      if (!grip.hasPointerCapture(event.pointerId)) return;
      const middle = (each) => { const box = each.getBoundingClientRect(); return box.top + box.height / 2; };
      const { previousElementSibling: above, nextElementSibling: below } = row;
      // Moving a node lets go of the pointer, so its neighbour is moved instead.
      if (above && event.clientY < middle(above)) row.after(above);
      else if (below && event.clientY > middle(below)) row.before(below);
    });
    const drop = () => {
      if (!row.classList.contains("option-dragged")) return;
      row.classList.remove("option-dragged");
      say(row);
    };
    grip.addEventListener("pointerup", drop);
    grip.addEventListener("pointercancel", drop);
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-row]");
    if (button.dataset.do === "add") field(add()).focus();
    else if (button.dataset.do === "remove") remove(row);
    else {
      move(row, button.dataset.do === "up" ? -1 : 1);
      button.focus();
    }
  });

  // Enter in the last option goes on to the next one, as in a list that is written down.
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".input") || event.isComposing) return;
    event.preventDefault();
    const row = event.target.closest("[data-row]");
    field(row.nextElementSibling ?? add()).focus();
  });

  rows().forEach(equip);
}

function preview(input) {
  const place = input.closest("[data-image]");
  const [file] = input.files;
  if (!file) return;
  const thumb = place.querySelector("[data-thumb]");
  thumb.src = URL.createObjectURL(file);
  thumb.hidden = false;
  place.querySelector("[data-name]").textContent = file.name;
  const off = place.querySelector("[type=checkbox]");
  if (off) off.checked = false;
}

function weigh(form) {
  const inputs = [...form.querySelectorAll("input[type=file]")];
  const files = inputs.flatMap((input) => [...input.files]);
  const tooMuch = files.reduce((sum, file) => sum + file.size, 0) > MOST;
  for (const input of inputs) input.setCustomValidity(tooMuch && input.files.length ? TOO_MUCH : "");
}
