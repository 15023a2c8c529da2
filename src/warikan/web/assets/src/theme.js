// Light, dark, or as the system: kept in a cookie so that the server renders it without a flash.
import { announce } from "./announce.js";

const order = ["auto", "light", "dark"];
const root = document.documentElement;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-toggle]");
  if (!button) return;
  const next = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
  root.dataset.theme = next;
  document.cookie = `warikan_theme=${next};path=/;max-age=31536000;samesite=lax`;
  announce(button.dataset[next]);
  document.dispatchEvent(new Event("warikan:theme"));
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("warikan:theme")));
