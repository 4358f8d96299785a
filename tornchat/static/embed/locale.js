/** Which language the frame speaks of times and numbers in, and from which side it is read. */

/** Scripts that are written from right to left. */
const RIGHT_TO_LEFT = ["Adlm", "Arab", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"];

/**
 * Takes a language over for the whole page; "" or one that nobody knows leaves it to the browser.
 * @param {string} lang  BCP 47, such as `de-AT`
 */
export function applyLocale(lang) {
  const { lang: tag, dir } = localeOf(lang);
  const root = document.documentElement;
  root.lang = tag || "en";
  root.dir = dir;
  // `chat/locale.js` reads it, in every part of the page that is loaded by itself.
  if (tag) root.dataset.locale = tag;
  else delete root.dataset.locale;
}

/**
 * @param {string} lang
 * @returns {{lang: string, dir: "ltr" | "rtl"}}  lang: in its canonical form, or ""
 */
export function localeOf(lang) {
  try {
    const locale = new Intl.Locale(String(lang).trim());
    const rightToLeft = RIGHT_TO_LEFT.includes(locale.maximize().script ?? "");
    return { lang: locale.toString(), dir: rightToLeft ? "rtl" : "ltr" };
  } catch {
    return { lang: "", dir: "ltr" };
  }
}
