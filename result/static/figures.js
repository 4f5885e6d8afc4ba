/* How numbers are written and drawn. figures.py does the same; keep them in step. */

import { _, ngettext, number, percent as wholePercent } from "/static/words.js";

const BEST = 5; // of a rating
const means = new Intl.NumberFormat(document.documentElement.lang || "en-GB", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  numberingSystem: "latn",
});

const NOUNS = {
  rating: (n) => ngettext("%(n)s rating", "%(n)s ratings", n),
  ranked: (n) => ngettext("%(n)s first place", "%(n)s first places", n),
};
const plain = (n) => ngettext("%(n)s vote", "%(n)s votes", n);

/** How many votes an option has, by what a vote is in a poll of this kind, and points. */
export function votes(option, kind) {
  const words = (NOUNS[kind] ?? plain)(option.votes);
  if (!("points" in option)) return words;
  return `${words} · ${ngettext("%(n)s point", "%(n)s points", option.points)}`;
}

/** How many voters' ballots count: "1,204 counted". */
export const counted = (n) => ngettext("%(n)s counted", "%(n)s counted", n);

/** How many accepted ballots are not counted yet: "37 waiting". */
export const waiting = (n) => ngettext("%(n)s waiting", "%(n)s waiting", n);

/** How many people have voted how often: "1,204 voters · 1,310 ballots cast". */
export function turnout({ ballots, cast }) {
  const voters = ngettext("%(n)s voter", "%(n)s voters", ballots);
  return `${voters} · ${ngettext("%(n)s ballot cast", "%(n)s ballots cast", cast)}`;
}

/** What was sealed of who could vote; empty where that is nothing. */
export function voters(snapshot) {
  const { codes, vouched } = snapshot.voters ?? {};
  const said = codes
    ? [
        ngettext("%(n)s code", "%(n)s codes", codes.issued),
        _("%(n)s of them made after the opening", { n: number(codes.issued_after_opening) }),
        ngettext("%(n)s used", "%(n)s used", codes.used),
        ngettext("%(n)s revoked", "%(n)s revoked", codes.revoked),
      ]
    : [];
  const byProgram = (n) =>
    ngettext(
      "%(n)s vote was vouched for by a program",
      "%(n)s votes were vouched for by a program",
      n,
    );
  if (vouched) said.push(byProgram(vouched));
  return said.join(" · ");
}

/** The number that stands large beside an option: its mean, or else its share. */
export function figure(option, ballots) {
  if ("mean" in option) return mean(option.mean);
  return percent(option, ballots);
}

function mean(value) {
  return value === null ? "–" : means.format(Math.floor(value * 100 + 0.5) / 100);
}

/* Rounding never makes some into none, or most into all. */
function percent({ votes, share }, ballots) {
  const whole = Math.round(share * 100);
  if (whole === 0 && votes) return _("<%(percent)s", { percent: wholePercent(0.01) });
  if (whole === 100 && votes < ballots) return _(">%(percent)s", { percent: wholePercent(0.99) });
  return wholePercent(whole / 100);
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

export { number };
