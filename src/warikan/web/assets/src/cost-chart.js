// <cost-chart data-chart='{...}'>: stacked bars over time, drawn from what the server sends.
// Colours are the style sheet's; numbers are written by Intl in the page's language.
import { BarChart, CustomChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { layMarks, overlay, roomFor } from "./chart-overlay.js";
import { light } from "./linking.js";

use([BarChart, CustomChart, GridComponent, TooltipComponent, CanvasRenderer]);

class CostChart extends HTMLElement {
  static observedAttributes = ["data-chart"];

  connectedCallback() {
    this.style.display = "block";
    this.plot = init(this.appendChild(document.createElement("div")), null, { renderer: "canvas" });
    this.probe = this.appendChild(Object.assign(document.createElement("span"), { hidden: true }));
    this.onTheme = () => this.draw();
    document.addEventListener("warikan:theme", this.onTheme);
    this.watch = new ResizeObserver(() => {
      this.plot.resize();
      layMarks(this);
    });
    this.watch.observe(this);
    // The strip of marks below is swapped in after the chart itself.
    this.onSwap = () => layMarks(this);
    document.addEventListener("htmx:after:swap", this.onSwap);
    this.plot.on("mouseover", (event) => light(this.data.series[event.seriesIndex]?.key ?? null, this));
    this.plot.on("globalout", () => light(null, this));
    this.draw();
  }

  disconnectedCallback() {
    document.removeEventListener("warikan:theme", this.onTheme);
    document.removeEventListener("htmx:after:swap", this.onSwap);
    this.watch.disconnect();
    this.plot.dispose();
    this.replaceChildren();
  }

  attributeChangedCallback() {
    if (this.plot) this.draw();
  }

  highlight(key) {
    this.plot.dispatchAction({ type: "downplay" });
    const seriesIndex = this.data.series.findIndex((s) => s.key === key);
    if (seriesIndex >= 0) this.plot.dispatchAction({ type: "highlight", seriesIndex });
  }

  draw() {
    this.data = JSON.parse(this.dataset.chart);
    // One unit an axis: compact only where every step of it is compact ($25K; 2.5万).
    const unit = this.data.lang === "ja" ? 10_000 : 1_000;
    const heights = [...this.data.totals, ...(this.data.band?.high ?? []), ...(this.data.lines ?? []).flatMap((line) => line.values)];
    this.isCompact = Math.max(...heights.map(Math.abs)) >= 8 * unit;
    const style = getComputedStyle(this);
    const colour = (name) => this.resolve(name);
    const text = { color: colour("--muted"), fontFamily: style.fontFamily, fontSize: 11 };
    this.plot.setOption(
      {
        animationDuration: 250,
        animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
        grid: { left: 4, right: 8, top: 12 + roomFor(this.data), bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        xAxis: {
          type: "category",
          data: this.data.labels,
          axisTick: { show: false },
          axisLine: { lineStyle: { color: colour("--line-strong") } },
          axisLabel: { ...text, hideOverlap: true, margin: 10 },
        },
        yAxis: {
          type: "value",
          splitNumber: 4,
          splitLine: { lineStyle: { color: colour("--line") } },
          axisLabel: { ...text, formatter: (value) => this.short(value) },
        },
        tooltip: {
          trigger: "axis",
          axisPointer: { type: "shadow", shadowStyle: { color: colour("--hover-shade") } },
          confine: true,
          transitionDuration: 0,
          className: "chart-tip",
          backgroundColor: "transparent",
          borderWidth: 0,
          padding: 0,
          extraCssText: "box-shadow:none",
          formatter: (points) => this.tip(points),
        },
        series: [...this.data.series.map((series) => this.series(series, colour)), ...overlay(this.data, colour, text)],
      },
      { notMerge: true },
    );
    layMarks(this);
  }

  // A custom property may be light-dark(...): only a used colour is what the canvas understands.
  resolve(name) {
    this.probe.style.color = `var(${name})`;
    return getComputedStyle(this.probe).color;
  }

  series(series, colour) {
    const own = series.slot === null ? colour(series.other ? "--slot-other" : "--unallocated") : colour(`--slot-${series.slot}`);
    const hatch = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: colour("--hatch") };
    const hatched = new Set(this.data.hatched);
    const off = new Set(this.data.off);
    const place = (value, i) => {
      const itemStyle = { ...(off.has(i) && { color: colour("--up") }), ...(hatched.has(i) && { decal: hatch, opacity: 0.7 }) };
      return Object.keys(itemStyle).length ? { value, itemStyle } : value;
    };
    return {
      type: "bar",
      name: series.label,
      stack: "all",
      barCategoryGap: "22%",
      itemStyle: { color: own, borderColor: colour("--card"), borderWidth: this.data.labels.length > 60 ? 0 : 0.5, decal: series.key === "~" ? hatch : undefined },
      emphasis: { focus: "series", blurScope: "coordinateSystem" },
      blur: { itemStyle: { opacity: 0.25 } },
      // A bar of nothing would still draw its border.
      data: series.values.map((value, i) => (value === 0 ? null : place(value, i))),
    };
  }

  tip(points) {
    const place = points[0].dataIndex;
    const box = document.createElement("div");
    box.className = "tip";
    const line = (name, value, swatch, row) => {
      const item = box.appendChild(document.createElement(row ?? "p"));
      if (swatch) item.append(Object.assign(document.createElement("span"), { className: `swatch ${swatch}` }));
      item.append(Object.assign(document.createElement("span"), { textContent: name }));
      item.append(Object.assign(document.createElement("b"), { textContent: value }));
    };
    const soon = this.data.hatched.includes(place) ? ` · ${this.data.words.incomplete}` : "";
    box.append(Object.assign(document.createElement("h3"), { textContent: this.data.titles[place] + soon }));
    const shown = this.data.series.filter((series) => series.values[place] !== 0).reverse();
    const { lines = [] } = this.data;
    if (shown.length || !lines.length) line(this.data.words.total, this.full(this.data.totals[place]));
    for (const series of shown) {
      const swatch = series.slot === null ? (series.other ? "slot-other" : "swatch-unallocated") : `slot-${series.slot}`;
      line(series.label, this.full(series.values[place]), swatch);
    }
    const { band, moments = [], changes = [] } = this.data;
    if (band && band.middle[place] !== null) {
      line(band.name, `${this.full(band.middle[place])} (${this.full(band.low[place])} – ${this.full(band.high[place])})`, "swatch-band");
    }
    for (const other of lines) line(other.label, this.full(other.values[place]), `swatch-${other.kind}`);
    for (const moment of moments) if (moment.place === place) line(moment.label, "");
    for (const change of changes) if (change.place === place) line(change.title, "", "swatch-mark");
    return box;
  }

  full(value) {
    return this.money(value, Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : {});
  }

  short(value) {
    const options = this.isCompact ? { notation: "compact", maximumFractionDigits: 1 } : { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 };
    return this.money(value, { minimumFractionDigits: 0, ...options });
  }

  money(value, options) {
    const { lang, currency, unit } = this.data;
    if (unit) {
      const maximumFractionDigits = Math.abs(value) >= 100 ? 0 : 1;
      return `${new Intl.NumberFormat(lang, { maximumFractionDigits, ...options }).format(value)} ${unit}`;
    }
    try {
      return new Intl.NumberFormat(lang, { style: "currency", currency, currencyDisplay: "narrowSymbol", ...options }).format(value);
    } catch {
      // A virtual currency (FOCUS 1.2) is no ISO code.
      return `${new Intl.NumberFormat(lang, options).format(value)} ${currency}`;
    }
  }
}

customElements.define("cost-chart", CostChart);
