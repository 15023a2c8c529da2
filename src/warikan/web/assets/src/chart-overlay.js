// Over the bars of a chart: the expected band with its middle dashed, moments with a name, and lines where
// changes happened; and the strip of links to them below, each under its bar.
const ROW = 16;
const APART = 30;
const AS_WIDE = 96;

// Names of moments that stand close together stand above each other.
function rowsOf(moments) {
  const rows = [];
  return moments.map(({ place }) => {
    let row = rows.findIndex((last) => place - last > 6);
    if (row < 0) row = rows.push(place) - 1;
    rows[row] = place;
    return row;
  });
}

export function roomFor({ moments = [] }) {
  return moments.length ? ROW * (Math.max(...rowsOf(moments)) + 1) + 4 : 0;
}

export function overlay(data, colour, text) {
  const series = [];
  const custom = (name, values, renderItem, z) => ({ type: "custom", name, data: values, renderItem, z, silent: true, clip: false, tooltip: { show: false }, encode: { x: 0, y: 1 } });
  const { band, moments = [], changes = [], lines = [] } = data;
  for (const line of lines) {
    const values = line.values.map((value, i) => [i, value, line.values[Math.max(i - 1, 0)]]);
    const style = line.kind === "limit" ? { stroke: colour("--bad"), lineWidth: 1.5 } : { stroke: colour("--muted"), lineWidth: 1.5, lineDash: [2, 3] };
    series.push(custom(line.label, values, (_, api) => stroke(api, style), 2));
  }
  if (band) {
    const values = band.middle.flatMap((middle, i) => (middle === null ? [] : [[i, middle, band.low[i], band.high[i]]]));
    series.push(custom(band.name, values, (_, api) => box(api, colour), 1), custom("middle", values, (_, api) => dash(api, colour), 3));
  }
  const seen = [...new Set(changes.map((change) => change.place))].map((place) => [place, 0]);
  // Where something changes on most days, a line on each would say nothing and hide the bars.
  if (seen.length && seen.length <= data.labels.length / 2) series.push(custom("changes", seen, (params, api) => upright(params, api, { stroke: colour("--control"), lineDash: [2, 3], lineWidth: 1 }), 2));
  if (moments.length) {
    const rows = rowsOf(moments);
    const values = moments.map((moment, i) => [moment.place, 0, i]);
    series.push(custom("moments", values, (params, api) => named(params, api, moments[api.value(2)], rows[api.value(2)], colour, text), 4));
  }
  return series;
}

function sides(api, value) {
  const [x, y] = api.coord([api.value(0), value]);
  const width = api.size([1, 0])[0];
  return { left: x - width / 2, width, y };
}

function box(api, colour) {
  const { left, width, y } = sides(api, api.value(3));
  const low = sides(api, api.value(2)).y;
  return { type: "rect", shape: { x: left, y, width, height: Math.max(low - y, 1) }, style: { fill: colour("--band") } };
}

function dash(api, colour) {
  const { left, width, y } = sides(api, api.value(1));
  return { type: "line", shape: { x1: left, y1: y, x2: left + width, y2: y }, style: { stroke: colour("--middle"), lineWidth: 1.5, lineDash: [4, 3] } };
}

// From the middle of the bar before to the middle of this one.
function stroke(api, style) {
  const place = api.value(0);
  const [x2, y2] = api.coord([place, api.value(1)]);
  const [x1, y1] = api.coord([Math.max(place - 1, 0), api.value(2)]);
  return { type: "line", shape: { x1, y1, x2, y2 }, style };
}

function upright({ coordSys }, api, style, above = 0) {
  const x = api.coord([api.value(0), 0])[0];
  return { type: "line", shape: { x1: x, y1: coordSys.y - above, x2: x, y2: coordSys.y + coordSys.height }, style };
}

function named(params, api, moment, row, colour, text) {
  const stroke = colour(moment.kind === "onset" ? "--up" : moment.kind === "detected" ? "--late" : "--down");
  const above = ROW * row + 4;
  const line = upright(params, api, { stroke, lineWidth: 1.5 }, above + 6);
  const x = line.shape.x1;
  const { coordSys } = params;
  const isLeft = x + AS_WIDE > coordSys.x + coordSys.width;
  const style = { text: moment.label, fill: stroke, font: `560 ${text.fontSize}px ${text.fontFamily}`, align: isLeft ? "right" : "left", verticalAlign: "middle", x: x + (isLeft ? -5 : 5), y: coordSys.y - above - 4 };
  return { type: "group", children: [line, { type: "text", style }] };
}

// The strip: links keep their place in the page's order; those that would touch become one with their sum.
export function layMarks(chart) {
  const strip = chart.parentElement?.querySelector(":scope > .change-marks");
  if (!strip || !chart.plot || chart.plot.isDisposed()) return;
  strip.classList.add("is-laid");
  let last = null;
  for (const item of strip.children) {
    const link = item.firstElementChild;
    const x = chart.plot.convertToPixel({ xAxisIndex: 0 }, Number(item.dataset.place));
    if (last && x - last.x < APART) {
      last.count += Number(item.dataset.count);
      last.link.textContent = last.count;
      last.link.title = strip.dataset.many.replace("{n}", last.count);
      last.link.setAttribute("aria-label", last.link.title);
      const address = new URL(last.link.href);
      address.searchParams.set("last", item.dataset.last);
      last.link.href = address;
      item.hidden = true;
      continue;
    }
    item.hidden = false;
    restore(item, link);
    item.style.left = `${x}px`;
    last = { x, link, count: Number(item.dataset.count) };
  }
}

function restore(item, link) {
  link.textContent = item.dataset.count;
  link.title = item.dataset.title;
  link.setAttribute("aria-label", item.dataset.title);
  link.setAttribute("href", item.dataset.href);
}
