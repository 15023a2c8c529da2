// The browser side of the page. The server renders everything; this adds what HTML cannot do.
import "htmx.org";
import "./copy.js";
import "./filter-box.js";
import "./keys.js";
import "./linking.js";
import "./row-menu.js";
import "./sent.js";
import "./theme.js";

// ECharts is most of the weight: only pages with a chart load it.
const wantChart = () => {
  if (document.querySelector("cost-chart") && !customElements.get("cost-chart")) import("./cost-chart.js");
};
wantChart();
document.addEventListener("htmx:after:swap", wantChart);
