// Fetches this page every few seconds and replaces the parts with data-live.
"use strict";
const every = 5000;
const control = document.getElementById("refresh");
const said = document.getElementById("refreshed");
const button = control.querySelector("button");
let stopped = false;

function typing() {
  const now = document.activeElement;
  return now && now.closest("form.filters") && now.matches("input, select");
}

function selecting() {
  const selection = getSelection();
  return selection && !selection.isCollapsed;
}

// A selector for the focused element of a part, so that it keeps the focus.
function focused(part) {
  const now = document.activeElement;
  if (!now || now === part || !part.contains(now)) return null;
  if (now.id) return `#${CSS.escape(now.id)}`;
  if (now.matches("summary")) return `#${CSS.escape(now.parentElement.id)} > summary`;
  return now.href ? `a[href="${CSS.escape(now.getAttribute("href"))}"]` : null;
}

// Details that the visitor has opened stay open.
function unfold(part, next) {
  for (const open of part.querySelectorAll("details[open][id]")) {
    next.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
  }
}

function swap(page) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = page.getElementById(part.id);
    if (next) unfold(part, next);
    if (!next || (part.innerHTML === next.innerHTML && part.hidden === next.hidden)) continue;
    const focus = focused(part);
    part.replaceChildren(...next.childNodes);
    part.hidden = next.hidden;
    if (focus) part.querySelector(focus)?.focus({ preventScroll: true });
  }
  document.title = page.title;
}

async function refresh() {
  if (stopped || document.hidden || typing() || selecting()) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (stopped || typing() || selecting()) return;
    swap(page);
    said.textContent = `Refreshed ${new Date().toISOString().slice(11, 19)} UTC`;
  } catch (error) {
    said.textContent = `Not refreshed: ${error.message}`;
  }
}

function stop(now) {
  stopped = now;
  button.setAttribute("aria-pressed", String(now));
  if (now) said.textContent = "Refreshing is stopped";
  else refresh();
}

if (document.querySelector("[data-live]")) {
  control.hidden = false;
  said.textContent = "Refreshes every 5 s";
  button.addEventListener("click", () => stop(!stopped));
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, every);
}

// Empty fields are left out of the address.
document.querySelector("form.filters")?.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

for (const copy of document.querySelectorAll("button.copy")) {
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copy.parentElement.querySelector("code").textContent);
    copy.firstChild.textContent = "Copied";
    setTimeout(() => (copy.firstChild.textContent = "Copy"), 2000);
  });
}
