// A question to the server from a dialog: JSON there and back, and a problem told in its own words.

export async function ask(path, body) {
  const answer = await fetch(path, {
    method: body ? "POST" : "GET",
    headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body && JSON.stringify(body),
  }).catch(() => { throw new Error("The connection failed. Try again."); });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? "That did not work.");
  return told;
}

// Opens a dialog of the page with a fresh form; the browser gives the focus back when it closes.
export function open(id) {
  const dialog = document.getElementById(id);
  const form = dialog.querySelector("form");
  form.reset();
  say(form, "");
  busy(form, false);
  if (!dialog.open) dialog.showModal();
  return form;
}

export function say(form, words) {
  form.querySelector("[role=alert]").textContent = words;
}

export function busy(form, is) {
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = is;
  form.setAttribute("aria-busy", String(is));
}
