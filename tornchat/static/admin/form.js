/** Forms on their way: where they go, whether something was typed, what is said in them. No network. */

/**
 * Where a form goes; a field named `action` must not stand in for it.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 */
export function actionOf(form, submitter) {
  const said = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  return new URL(said || location.href, document.baseURI).href;
}

/** @param {HTMLFormElement} form */
export function isChanged(form) {
  if (form.method === "get") return false;
  return [...form.elements].some((field) => {
    if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
    if (!(field instanceof HTMLInputElement) || field.type === "hidden") return false;
    return field.value !== field.defaultValue;
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} submitter
 * @param {boolean} on
 */
export function markBusy(form, submitter, on) {
  form.querySelector("[data-problem]")?.remove();
  for (const element of [form, submitter]) {
    if (element) element.ariaBusy = on ? "true" : null;
  }
}

/**
 * Says in a form why it was refused; what was typed stays.
 * @param {HTMLFormElement} form
 * @param {string} problem
 */
export function sayAt(form, problem) {
  const words = document.createElement("p");
  words.textContent = problem;
  const notice = document.createElement("div");
  notice.className = "notice bad";
  notice.dataset.problem = "";
  notice.setAttribute("role", "alert");
  notice.append(words);
  form.prepend(notice);
  notice.scrollIntoView({ block: "nearest" });
}
