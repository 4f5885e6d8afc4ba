/* Rows that slide to where they belong now, instead of jumping there. */

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Change the order of rows, and let each slide from where it was. */
export function slide(rows, change) {
  const before = rows.map(top);
  change();
  if (still.matches) return;
  rows.forEach((row, index) => {
    const way = before[index] - top(row);
    if (!way) return;
    const from = { transform: `translateY(${way}px)` };
    row.animate([from, { transform: "none" }], { duration: 180, easing: "ease-out" });
  });
}

const top = (row) => row.offsetTop; // where it belongs, whatever it is doing at the moment
