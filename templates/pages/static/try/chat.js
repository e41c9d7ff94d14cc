// The Chat card of /try: which client's site is shown.
const select = document.getElementById("chat-site");
const link = document.getElementById("chat-open");
const frame = document.getElementById("chat-frame");
const status = document.getElementById("chat-status");

function show() {
  link.href = select.value;
  frame.src = select.value;
}

try {
  const sites = await (await fetch("/try/api/sites")).json();
  select.replaceChildren(...sites.filter((site) => site.key).map((site) => new Option(site.name, site.url)));
  const shop = sites.find((site) => site.tenant === "shop");
  if (shop) select.value = shop.url;
  select.addEventListener("change", show);
  if (select.value) show();
  else status.textContent = "No client has a chat widget yet.";
} catch {
  status.textContent = "The local stack does not answer. Start it with: make run";
}
