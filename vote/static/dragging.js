/* Rows of a ranking that follow a finger or a mouse. */

import { slide } from "./sliding.js";

const SLACK = 6; // px that a tap may wander
const EDGE = 72, STEP = 9; // px: near the edge of the window the page scrolls, so much each frame

/**
 * Let rows be dragged: by their grip, and with a mouse by anything but their buttons.
 *
 * @param write is called whenever the order has changed, `say` with the row when it is let go.
 */
export function follow(list, { most, write, say }) {
  let hold = null;

  list.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("li"), grip = event.target.closest("[data-grip]");
    const free = event.pointerType === "mouse" && !event.target.closest("button");
    if (!row || event.button || !(grip || free)) return;
    const handle = row.querySelector("[data-grip]");
    handle.setPointerCapture(event.pointerId);
    hold = { row, start: event.clientY, y: event.clientY, grab: event.clientY - topOf(list, row), moved: false };
    hold.index = indexOf(row);
    hold.placed = [...list.children].filter((each) => "placed" in each.dataset);
  });

  list.addEventListener("pointermove", (event) => {
    if (!hold) return;
    hold.y = event.clientY;
    if (hold.moved || Math.abs(hold.y - hold.start) < SLACK) return;
    hold.moved = true;
    hold.row.classList.add("ranking-dragged");
    requestAnimationFrame(frame);
  });

  function frame() {
    if (!hold?.moved) return;
    const way = hold.y < EDGE ? -STEP : hold.y > innerHeight - EDGE ? STEP : 0;
    if (way) scrollBy(0, way);
    while (swap()) arrange();
    hold.row.style.transform = `translateY(${hold.y - hold.grab - topOf(list, hold.row)}px)`;
    requestAnimationFrame(frame);
  }

  // Moving the row itself would let go of the pointer, so its neighbour is moved instead.
  function swap() {
    const { row } = hold, middle = hold.y - hold.grab + row.offsetHeight / 2;
    const { previousElementSibling: above, nextElementSibling: below } = row;
    const passes = (other) => topOf(list, other) + other.offsetHeight / 2;
    if (above && middle < passes(above)) slide([above], () => row.after(above));
    else if (below && middle > passes(below)) slide([below], () => row.before(below));
    else return false;
    return true;
  }

  // A row has a place if the next one has, none if the one before has none; between the two, it
  // has one if it had one before or was drawn up there.
  function arrange() {
    const { row, placed } = hold;
    const others = placed.filter((each) => each !== row);
    const { previousElementSibling: above, nextElementSibling: below } = row;
    const between = placed.includes(row) || indexOf(row) < hold.index;
    const is = others.includes(below) || ((!above || others.includes(above)) && between);
    row.toggleAttribute("data-placed", is);
    const room = is ? most - 1 : most;
    const inOrder = others.sort((a, b) => indexOf(a) - indexOf(b));
    inOrder.forEach((each, index) => each.toggleAttribute("data-placed", index < room));
    write();
  }

  function drop() {
    if (!hold) return;
    const { row, moved } = hold;
    hold = null;
    if (!moved) return;
    row.classList.remove("ranking-dragged");
    row.style.transform = "";
    say(row);
    // The click that ends a drag is no tap.
    const swallow = (event) => event.stopPropagation();
    addEventListener("click", swallow, { capture: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
  }
  list.addEventListener("pointerup", drop);
  list.addEventListener("pointercancel", drop);
}

const indexOf = (row) => [...row.parentElement.children].indexOf(row);
const topOf = (list, row) => list.getBoundingClientRect().top + row.offsetTop;
