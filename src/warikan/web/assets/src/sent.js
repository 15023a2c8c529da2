// A form that was taken is empty again: morphing the page keeps what is typed, which would be sent twice.
let sent = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  sent = form instanceof HTMLFormElement && form.method === "post" ? form.getAttribute("action") : null;
});

document.addEventListener("htmx:after:swap", () => {
  if (sent === null) return;
  for (const form of document.forms) {
    if (form.getAttribute("action") !== sent) continue;
    // What the server refused stands in the fields as their default, so that it stays.
    form.reset();
    const field = form.querySelector("input:not([type=hidden]), textarea");
    if (form.contains(document.activeElement) && field) field.focus();
  }
  sent = null;
});
