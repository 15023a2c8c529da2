// <filter-box data-url data-period>: the filter's text field with proposals from the server.
class FilterBox extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.list = this.querySelector("[role=listbox]");
    this.chosen = -1;
    this.asked = 0;
    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.input.addEventListener("focus", () => this.input.value === "" && this.ask());
    this.list.addEventListener("pointerdown", (event) => {
      const item = event.target.closest("[role=option]");
      if (!item) return;
      event.preventDefault();
      this.take(Number(item.dataset.place));
    });
  }

  async ask() {
    const mine = ++this.asked;
    this.isStale = true;
    const caret = this.input.selectionStart;
    const query = new URLSearchParams({ text: this.input.value.slice(0, caret), period: this.dataset.period });
    const response = await fetch(`${this.dataset.url}?${query}`);
    // A slow answer to an earlier key must not replace a newer one.
    if (mine !== this.asked || !response.ok || document.activeElement !== this.input) return;
    this.found = await response.json();
    if (mine === this.asked) this.draw();
  }

  draw() {
    this.chosen = -1;
    this.isStale = false;
    this.list.replaceChildren(
      ...this.found.items.map((item, place) => {
        const option = document.createElement("li");
        option.role = "option";
        option.id = `where-${place}`;
        option.dataset.place = place;
        const label = document.createElement("code");
        label.textContent = item.label;
        const detail = document.createElement("span");
        detail.textContent = item.detail;
        option.append(label, detail);
        return option;
      }),
    );
    this.open(this.found.items.length > 0);
  }

  open(is) {
    this.list.hidden = !is;
    this.input.setAttribute("aria-expanded", String(is));
    if (!is) this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.asked++;
    this.open(false);
  }

  onKey(event) {
    // Proposals for what stood there before the last key are not to be chosen from.
    if (this.list.hidden || this.isStale) return event.key === "Enter" && this.close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.mark((this.chosen + step + this.found.items.length) % this.found.items.length);
    } else if ((event.key === "Enter" || event.key === "Tab") && this.chosen >= 0) {
      event.preventDefault();
      this.take(this.chosen);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter") {
      this.close();
    }
  }

  mark(place) {
    this.chosen = place;
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === place)));
    this.list.children[place].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `where-${place}`);
  }

  take(place) {
    const caret = this.input.selectionStart;
    const text = `${this.found.items[place].insert} `;
    this.input.setRangeText(text, this.found.start, caret, "end");
    this.input.focus();
    this.ask();
  }
}

customElements.define("filter-box", FilterBox);
