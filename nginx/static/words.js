/* Texts, numbers and times in the page's language. English stands in the code; what it is called in
 * the page's language, the page brings along. */

const page = document.documentElement.lang || "en-GB";
const words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const plurals = new Intl.PluralRules(page);
const english = new Intl.PluralRules("en");
const digits = { numberingSystem: "latn" }; // as on screens everywhere, and as the server writes

const decimals = new Intl.NumberFormat(page, { useGrouping: "always", ...digits });
const percents = new Intl.NumberFormat(page, { style: "percent", ...digits });
const form = (shown) => new Intl.DateTimeFormat(page, { ...shown, ...digits });
const days = form({ dateStyle: "medium", timeStyle: "short" });
const longDays = form({ dateStyle: "long", timeStyle: "short" });
const exact = form({ dateStyle: "medium", timeStyle: "medium" });
const hours = form({ timeStyle: "medium" });

/** A number with its thousands set apart. */
export const number = (n) => decimals.format(n);
/** A share of 1 in whole percent. */
export const percent = (share) => percents.format(share);

/* Moments (ISO texts or ms), in the reader's own zone. */
export const day = (moment) => days.format(new Date(moment));
export const longDay = (moment) => longDays.format(new Date(moment));
export const second = (moment) => exact.format(new Date(moment));
export const hour = (moment) => hours.format(new Date(moment));

const fill = (text, values) =>
  text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? values[name] : whole));

/** Say a text in the page's language, with `%(name)s` filled in. */
export const _ = (text, values = {}) => fill(words[text] || text, values);

/** The same for a text that counts something; `%(n)s` is the number. */
export function ngettext(one, many, n, values = {}) {
  const text = words[one]?.[plurals.select(n)] ?? (english.select(n) === "one" ? one : many);
  return fill(text, { n: number(n), ...values });
}
