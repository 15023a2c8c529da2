// The queue by keys: j and k move, Enter or o opens, and each button that has a key of its own is pressed by it.
// Buttons outside of the queue (an anomaly's, an incident's page) have keys too.
let place = 0;

const rows = () => [...document.querySelectorAll("[data-queue] [data-row]")];
const linkOf = (row) => row?.querySelector("a.into");

function go(to) {
  const all = rows();
  place = Math.max(0, Math.min(to, all.length - 1));
  linkOf(all[place])?.focus();
  all[place]?.scrollIntoView({ block: "nearest" });
}

export function press(key) {
  const all = rows();
  const current = all.findIndex((row) => row.contains(document.activeElement));
  if (all.length && (key === "j" || key === "k")) {
    go(current < 0 ? (key === "j" ? 0 : all.length - 1) : current + (key === "j" ? 1 : -1));
    return true;
  }
  if (all.length && key === "o") {
    linkOf(all[current])?.click();
    return current >= 0;
  }
  const within = all.length && key !== "u" ? all[current] : document.getElementById("main");
  const button = within?.querySelector(`button[data-key="${CSS.escape(key)}"]`);
  if (!button) return false;
  if (current >= 0) place = current;
  back = all.length > 0;
  button.click();
  return true;
}

// What was done takes its row away: the reader goes on at the same place.
let back = false;
document.addEventListener("htmx:after:swap", () => {
  if (!back) return;
  back = false;
  setTimeout(() => rows().length && go(place));
});
