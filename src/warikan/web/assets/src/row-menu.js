// The menu of a table row: its entries come from the server, so every one is a plain address.
import htmx from "htmx.org";

const menu = document.getElementById("row-menu");
let opener;

document.addEventListener("click", (event) => {
  // First of all: htmx, which fetches a choice itself, has called preventDefault by now.
  if (menu.contains(event.target)) {
    if (event.target.closest("a, button")) menu.hidePopover();
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("[data-menu]") ?? byRow(event);
  if (!link) return;
  event.preventDefault();
  show(link, event);
});

// A click on a number opens its row's menu too; links and selected text keep their meaning.
function byRow(event) {
  if (event.target.closest("a, button, th") || String(getSelection())) return null;
  return event.target.closest("tr.row")?.querySelector("[data-menu]");
}

async function show(link, event) {
  opener = link;
  const response = await fetch(link.href, { headers: { "HX-Request": "true" } });
  if (!response.ok) return location.assign(link.href);
  menu.innerHTML = await response.text();
  htmx.process(menu);
  menu.showPopover();
  place(event);
  menu.querySelector("a")?.focus({ preventScroll: true });
}

function place(event) {
  if (matchMedia("(max-width: 640px)").matches) {
    menu.style.left = menu.style.top = "";
    return;
  }
  const box = opener.getBoundingClientRect();
  const byKey = event.detail === 0 || opener.contains(event.target);
  const x = byKey ? box.right - menu.offsetWidth : event.clientX;
  const y = byKey ? box.bottom + 4 : event.clientY + 4;
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
}

menu?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("a, button")];
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
});
menu?.addEventListener("toggle", (event) => {
  if (event.newState === "closed" && opener?.isConnected && menu.contains(document.activeElement)) opener.focus();
});
