// What is typed and not yet sent outlives a change of conversation, a reload and a lost line.

const key = (field) => `draft:${field.dataset.draft}`;

export function keepDrafts() {
  document.addEventListener("input", ({ target }) => {
    if (target.dataset?.draft) sessionStorage.setItem(key(target), target.value);
    if (target.dataset?.step) sessionStorage.setItem(`step:${target.dataset.step}`, target.checked ? "yes" : "");
  });
  restoreDrafts();
}

export function restoreDrafts() {
  for (const field of document.querySelectorAll("[data-draft]:not([data-restored])")) {
    field.dataset.restored = "yes";
    const kept = sessionStorage.getItem(key(field));
    if (kept !== null) field.value = kept;
  }
  for (const box of document.querySelectorAll("[data-step]")) box.checked = sessionStorage.getItem(`step:${box.dataset.step}`) === "yes";
}

export function dropDraft(field) {
  sessionStorage.removeItem(key(field));
}

export function forget(contact) {
  for (const name of Object.keys(sessionStorage)) if (name.includes(contact)) sessionStorage.removeItem(name);
}
