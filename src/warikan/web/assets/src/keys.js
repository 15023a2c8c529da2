// Single keys, never while typing; Escape closes what is open.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.pop[open]")) open.open = false;
    return;
  }
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const box = document.getElementById("where");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  } else if (event.key === "?") {
    document.getElementById("keys").showModal();
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
