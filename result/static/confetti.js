/* A moment of joy: confetti in the colours of the page, for less than four seconds. */

const PIECES = 200;
const LASTS = 3400; // ms
const COLOURS = ["--line-1", "--line-2", "--line-3", "--line-4", "--line-5", "--line-6"];
const WIDEST = 1920; // pixels that are drawn; more would cost a 4K screen its frames

/** Throw confetti over the page; not for who wants less movement. */
export function celebrate() {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden) return;
  const canvas = document.body.appendChild(document.createElement("canvas"));
  canvas.className = "confetti";
  canvas.setAttribute("aria-hidden", "true");
  const part = Math.min(1, WIDEST / innerWidth);
  canvas.width = innerWidth * part;
  canvas.height = innerHeight * part;
  const pieces = Array.from({ length: PIECES }, (_, number) => piece(number, canvas, colours()));
  const start = performance.now();
  requestAnimationFrame(function fall(now) {
    const time = now - start;
    if (time > LASTS || document.hidden) canvas.remove();
    else {
      paint(canvas, pieces, time);
      requestAnimationFrame(fall);
    }
  });
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  return COLOURS.map((name) => style.getPropertyValue(name));
}

/* Shot up from both lower corners, so that the numbers in between stay readable. */
function piece(number, { width, height }, colours) {
  const side = number % 2 ? 1 : -1;
  const unit = height / 1000; // px; what follows is per millisecond
  return {
    x: side > 0 ? 0 : width,
    y: height,
    dx: side * (0.15 + Math.random() * 0.75) * (width / 1600),
    dy: -(0.9 + Math.random() * 0.9) * unit,
    size: (14 + Math.random() * 14) * unit,
    spin: Math.random() * 6,
    pull: 0.00085 * unit,
    colour: colours[(number >> 1) % colours.length],
    late: Math.random() * 350,
  };
}

function paint(canvas, pieces, time) {
  const pen = canvas.getContext("2d");
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.globalAlpha = Math.min(1, (LASTS - time) / 600);
  for (const { x, y, dx, dy, size, spin, pull, colour, late } of pieces) {
    const t = Math.max(0, time - late);
    const slowed = 700 * (1 - Math.exp(-t / 700)); // the air
    pen.setTransform(1, 0, 0, 1, x + dx * slowed, y + dy * slowed + (pull * t * t) / 4);
    pen.rotate(spin + t / 250);
    pen.fillStyle = colour;
    pen.fillRect(-size / 2, -size / 4, size, (size / 2) * Math.cos(spin + t / 180));
  }
}
