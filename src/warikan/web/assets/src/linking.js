// Table, legend and chart show the same things: pointing at one lights the others.
let lit = null;

document.addEventListener("pointerover", (event) => {
  const key = event.target.closest?.("[data-key]")?.dataset.key ?? null;
  if (key === lit || event.target.closest?.("cost-chart")) return;
  light(key, null);
});

export function light(key, source) {
  lit = key;
  for (const row of document.querySelectorAll("[data-key]")) row.classList.toggle("is-lit", row.dataset.key === key);
  for (const chart of document.querySelectorAll("cost-chart")) if (chart !== source) chart.highlight?.(key);
}
