// Calling somebody in a client's name.

import { ask, busy, open, say } from "./asking.js";
import { element } from "./line.js";

// `tenant`, `number` and `of` (the contact that is called back) where the call is about somebody who is known.
export async function openDial({ phone, choose, tenant = "", number = "", of = "" }) {
  const form = open("dial");
  const { client, to } = form.elements;
  to.value = number;
  form.onsubmit = (event) => {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    dial(form, { phone, choose, of });
  };
  form.parentElement.onclose = () => { form.onsubmit = null; };
  client.onchange = () => shown(form, clients);
  let clients = [];
  try {
    ({ clients } = await ask("/api/desk/dial"));
  } catch (error) {
    return say(form, error.message);
  }
  client.replaceChildren(...clients.map((one) => element("option", { value: one.tenant }, one.name)));
  client.value = clients.some((one) => one.tenant === tenant) ? tenant : clients[0]?.tenant ?? "";
  if (!clients.length) say(form, "None of your clients has a number to call from.");
  return shown(form, clients);
}

function shown(form, clients) {
  const chosen = clients.find((one) => one.tenant === form.elements.client.value);
  form.querySelector("output").textContent = chosen?.caller_id ?? "";
}

async function dial(form, { phone, choose, of }) {
  say(form, "");
  busy(form, true);
  const tenant = form.elements.client.value;
  try {
    const told = await ask("/api/desk/dial", { tenant, number: form.elements.to.value, ...(of ? { contact: of } : {}) });
    try {
      await phone.dial(told.number, told.contact);
    } catch (error) {
      // Nobody was called: the seat that was kept for this is free again.
      await ask(`/api/desk/${tenant}/${told.contact}/decline`, {}).catch(() => {});
      throw error;
    }
    form.parentElement.close();
    choose(told.contact);
  } catch (error) {
    say(form, error.message);
    busy(form, false);
  }
}
