/** Buttons that copy: `data-copy` names the element whose text they take. */

/**
 * Copy, and say so on the button for a moment.
 * @param {HTMLElement} button
 */
export async function copyFrom(button) {
  const text = document.getElementById(button.dataset.copy ?? "")?.textContent?.trim() ?? "";
  const words = button.querySelector("span") ?? button;
  const before = (button.dataset.words ??= words.textContent ?? "");
  words.textContent = (await write(text)) ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (words.textContent = before), 2_000);
}

/**
 * Without https there is no clipboard: the text is selected instead, for the keyboard.
 * @param {string} text
 */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "sr";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
