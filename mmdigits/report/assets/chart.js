// Line charts as SVG, drawn again when the room for them changes.

const LEAST_ROOM = 160; // pixels; in less, which passes by while a page is laid out, nothing is left

function mountChart(draw) {
  const holder = element("div", { class: "chart" });
  let width = 0;
  new ResizeObserver(([entry]) => {
    const room = Math.floor(entry.contentRect.width);
    if (room === width || room < LEAST_ROOM) return;
    width = room;
    holder.replaceChildren(draw(width));
  }).observe(holder);
  return holder;
}

function niceTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const ticks = [];
  for (let n = Math.ceil(low / step - 1e-6); n * step <= high + step * 1e-6; n += 1) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks;
}

// An axis: domain [low, high], title, and write(tick) giving its text.
function plot(width, height, x, y, label) {
  const margin = { top: y.title ? 24 : 10, right: 20, bottom: 38, left: 52 };
  const inner = {
    width: width - margin.left - margin.right,
    height: height - margin.top - margin.bottom,
  };
  const along = (axis, length) => (value) =>
    ((value - axis.domain[0]) / (axis.domain[1] - axis.domain[0] || 1)) * length;
  const right = along(x, inner.width);
  const up = along(y, inner.height);
  const px = (value) => margin.left + right(value);
  const py = (value) => margin.top + inner.height - up(value);
  const root = drawn("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": label,
  });
  const edges = {
    left: margin.left,
    right: width - margin.right,
    top: margin.top,
    bottom: height - margin.bottom,
  };
  root.append(...axisX(x, px, edges, inner.width), ...axisY(y, py, edges, inner.height));
  return { root, px, py, edges };
}

function axisX(axis, px, { left, right, top, bottom }, room) {
  const ticks = niceTicks(...axis.domain, Math.max(2, Math.min(8, room / 64)));
  return [
    ...ticks.map((tick) =>
      drawn("line", { class: "grid", x1: px(tick), x2: px(tick), y1: top, y2: bottom }),
    ),
    ...ticks.map((tick) =>
      drawn(
        "text",
        { class: "tick", x: px(tick), y: bottom + 15, "text-anchor": "middle" },
        axis.write(tick),
      ),
    ),
    drawn("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    drawn(
      "text",
      { class: "axis-title", x: right, y: bottom + 32, "text-anchor": "end" },
      axis.title,
    ),
  ];
}

function axisY(axis, py, { left, right, top, bottom }, room) {
  const ticks = niceTicks(...axis.domain, Math.max(2, Math.min(6, room / 34)));
  return [
    ...ticks.map((tick) =>
      drawn("line", { class: "grid", x1: left, x2: right, y1: py(tick), y2: py(tick) }),
    ),
    ...ticks.map((tick) =>
      drawn(
        "text",
        { class: "tick", x: left - 6, y: py(tick) + 4, "text-anchor": "end" },
        axis.write(tick),
      ),
    ),
    drawn("line", { class: "axis", x1: left, x2: left, y1: top, y2: bottom }),
    drawn("text", { class: "axis-title", x: 0, y: 11 }, axis.title || ""),
  ];
}

// Points with a null in them break the line.
function pathThrough(chart, xs, ys) {
  let text = "";
  let pen = "M";
  xs.forEach((x, index) => {
    if (ys[index] === null) {
      pen = "M";
      return;
    }
    text += `${pen}${chart.px(x).toFixed(1)} ${chart.py(ys[index]).toFixed(1)}`;
    pen = "L";
  });
  return text;
}

function line(chart, xs, ys, attributes) {
  return drawn("path", { d: pathThrough(chart, xs, ys), fill: "none", ...attributes });
}

function marker(chart, x, y, shape, attributes, title) {
  const [cx, cy, r] = [chart.px(x), chart.py(y), 4];
  const shapes = {
    circle: `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
    square: `M${cx - r} ${cy - r}h${2 * r}v${2 * r}h${-2 * r}z`,
    triangle: `M${cx} ${cy - r - 1}l${r + 1} ${2 * r}h${-2 * r - 2}z`,
    diamond: `M${cx} ${cy - r - 1}l${r + 1} ${r + 1}l${-r - 1} ${r + 1}l${-r - 1} ${-r - 1}z`,
  };
  return drawn("path", { d: shapes[shape], ...attributes }, drawn("title", {}, title));
}

function padded(values, least = 0.02) {
  const finite = values.filter((value) => value !== null);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const room = Math.max((high - low) * 0.06, Math.abs(high) * least, 1e-9);
  return [low - room, high + room];
}
