// Single keys, never while typing; they can be switched off (WCAG 2.1.4). Escape closes what is open.
import { press } from "./queue.js";

const isOff = () => document.cookie.split("; ").includes("warikan_keys=off");
const keep = (value) => (document.cookie = `warikan_keys=${value};path=/;max-age=31536000;samesite=lax`);

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-single-keys]")) keep(event.target.checked ? "on" : "off");
});
for (const box of document.querySelectorAll("[data-single-keys]")) box.checked = !isOff();

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.pop[open]")) open.open = false;
    return;
  }
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || isOff() || document.querySelector("dialog[open]")) return;
  if (event.key === "/") {
    const box = document.getElementById("where");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  } else if (event.key === "?") {
    document.getElementById("keys").showModal();
  } else if (press(event.key)) {
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  for (const open of document.querySelectorAll("details.pop[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// A new page: the reader starts at its head, not where the old one was left.
let path = location.pathname;
document.addEventListener("htmx:after:swap", () => {
  for (const open of document.querySelectorAll("details.pop[open]")) open.open = false;
  setTimeout(() => {
    if (location.pathname === path) return;
    path = location.pathname;
    document.getElementById("main")?.focus({ preventScroll: true });
  });
});
