// One short message at the foot of the page, also for screen readers.
let timer;

export function announce(text) {
  const live = document.getElementById("live");
  live.textContent = text;
  live.classList.add("is-shown");
  clearTimeout(timer);
  timer = setTimeout(() => live.classList.remove("is-shown"), 2500);
}
