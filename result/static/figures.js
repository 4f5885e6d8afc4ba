/* How numbers are written and drawn. figures.py does the same; keep them in step. */

const format = new Intl.NumberFormat("en");
const BEST = 5; // of a rating
const NOUNS = { rating: ["rating", "ratings"], ranked: ["first place", "first places"] };

export const number = (n) => format.format(n);

const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** How many votes an option has, by what a vote is in a poll of this kind, and points. */
export function votes(option, kind) {
  const [one, many] = NOUNS[kind] ?? ["vote", "votes"];
  const words = count(option.votes, one, many);
  return "points" in option ? `${words} · ${count(option.points, "point")}` : words;
}

/** The number that stands large beside an option: its mean, or else its share. */
export function figure(option, ballots) {
  if ("mean" in option) return mean(option.mean);
  return percent(option, ballots);
}

function mean(value) {
  return value === null ? "–" : (Math.floor(value * 100 + 0.5) / 100).toFixed(2);
}

/* Rounding never makes some into none, or most into all. */
function percent({ votes, share }, ballots) {
  const whole = Math.round(share * 100);
  if (whole === 0 && votes) return "<1%";
  if (whole === 100 && votes < ballots) return ">99%";
  return `${whole}%`;
}

/** The length of an option's bar in percent; 0 where the numbers are hidden. */
export function extent(option) {
  const part = "mean" in option ? (option.mean ?? 0) / BEST : (option.share ?? 0);
  return Math.round(part * 10_000) / 100;
}

/** What tells which option is ahead; 0 where the numbers are hidden. */
export function standing(option) {
  return ("mean" in option ? option.mean : option.votes) ?? 0;
}

/** The highest number in the lists of this name of all options, and at least 1. */
export function highest(options, name) {
  return Math.max(1, ...options.flatMap((option) => option[name] ?? []));
}
