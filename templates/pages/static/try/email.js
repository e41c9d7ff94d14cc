// The Email card of /try. Texts of mails are only ever set as text, never as HTML.
const card = document.getElementById("mail-card");
const form = card.querySelector("#mail-form");
const status = card.querySelector("#mail-status");
const thread = card.querySelector("#mail-thread");
const none = card.querySelector("#mail-none");
const entry = card.querySelector("#mail-entry");
const shown = new Set();
let whose = "";

function say(words, failed = false) {
  status.textContent = words;
  status.classList.toggle("mail-failed", failed);
}

async function loadPlaces() {
  const places = await (await fetch("/try/api/mail/places")).json();
  const select = form.elements.to;
  select.replaceChildren(...places.map((place) => {
    const note = place.answered ? "" : " (voice only: answered politely)";
    return new Option(`${place.name} <${place.address}>${note}`, place.address);
  }));
  // The text that stands in the form is for a shop.
  const first = places.find((place) => place.tenant === "shop") ?? places.find((place) => place.answered);
  if (first) select.value = first.address;
}

async function send(fields) {
  say("Sending…");
  try {
    const answer = await fetch("/try/api/mail", { method: "POST", body: fields });
    if (!answer.ok) {
      say((await answer.json()).detail ?? "The mail was not taken.", true);
      return false;
    }
  } catch {
    say("The local stack does not answer. Start it with: make run", true);
    return false;
  }
  say("Sent.");
  await refresh();
  return true;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  if (!fields.get("file")?.size) fields.delete("file");
  // Pressed twice in one go, the mail is sent once.
  const button = event.submitter;
  if (button) button.disabled = true;
  const pressed = new Promise((resolve) => setTimeout(resolve, 1_000));
  if (await send(fields)) form.elements.file.value = "";
  await pressed;
  if (button) button.disabled = false;
});

function part(item, name) {
  return item.querySelector(`[data-is="${name}"]`);
}

function show(mail) {
  const item = entry.content.firstElementChild.cloneNode(true);
  const mine = mail.way === "in";
  item.className = mine ? "mail-from-me" : "mail-from-client";
  item.dataset.mail = mail.id;
  part(item, "subject").textContent = mail.subject || "(no subject)";
  const who = mine ? `You to ${mail.to.join(", ")}` : `${mail.from_name} <${mail.from}>`;
  part(item, "who").textContent = `${who}, ${new Date(mail.at).toLocaleTimeString()}`;
  part(item, "text").textContent = mail.text;
  part(item, "source").href = mail.source;
  if (mail.files.length) {
    part(item, "files").hidden = false;
    part(item, "files").textContent = `Files: ${mail.files.map((file) => file.name).join(", ")}`;
  }
  if (!mine && mail.formatted) {
    part(item, "formatted").hidden = false;
    part(item, "formatted").querySelector("iframe").src = mail.formatted;
  }
  if (!mine) {
    part(item, "reply").hidden = false;
    const reply = part(item, "reply").querySelector("form");
    reply.addEventListener("submit", async (event) => {
      event.preventDefault();
      const fields = new FormData(reply);
      fields.set("from", whose);
      fields.set("answers", mail.id);
      if (await send(fields)) {
        reply.reset();
        part(item, "reply").open = false;
      }
    });
  }
  thread.prepend(item);
}

async function refresh() {
  const customer = form.elements.from.value.trim();
  if (!customer.includes("@")) return;
  const answer = await fetch(`/try/api/mail?customer=${encodeURIComponent(customer)}`).catch(() => null);
  if (!answer?.ok) return;
  if (customer !== whose) {
    whose = customer;
    shown.clear();
    thread.replaceChildren();
  }
  for (const mail of (await answer.json()).mails) {
    if (!shown.has(mail.id)) {
      shown.add(mail.id);
      show(mail);
    }
  }
  none.hidden = shown.size > 0;
}

form.elements.from.addEventListener("change", refresh);
await loadPlaces().catch(() => say("The clients' addresses could not be read. Reload the page.", true));
await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 2000);
