// What the page can do better than plain HTML: it keeps itself up to date, and copies.
"use strict";

const live = document.querySelector("[data-live]");

async function load() {
  const answer = await fetch(live.dataset.page, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const shown of document.querySelectorAll("[data-live-part]")) {
    const fresh = page.getElementById(shown.id);
    if (fresh !== null && fresh.innerHTML !== shown.innerHTML) shown.replaceChildren(...fresh.childNodes);
  }
}

// One page at a time, so that an older one never arrives after a newer one.
let loading = false;
let outdated = false;

async function refresh() {
  outdated = true;
  if (loading) return;
  loading = true;
  try {
    while (outdated) {
      outdated = false;
      await load();
    }
  } catch {
    // the server has ended, or the person leaves this page: the next message or page shows what there is
  } finally {
    loading = false;
  }
}

if (live !== null) {
  const source = new EventSource(live.dataset.live);
  source.addEventListener("message", refresh);
  addEventListener("pagehide", () => source.close());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    const told = document.querySelector("[data-copied]");
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = "Copied.";
    } catch {
      // a browser may refuse; the link is selected, so that the keyboard can copy it
      told.textContent = "Selected: copy it with the keyboard.";
    }
  });
}
