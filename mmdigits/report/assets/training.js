// Training curves: a panel for each quantity that was logged.

const SHAPES = ["circle", "square", "triangle", "diamond"];
const RUN_COLOURS = 6; // classes run-0 to run-5

function drawTraining() {
  const place = byId("training-panels");
  if (!DATA.training) {
    const text =
      "No training log: --run WORK_DIR, the folder that tools/train.py wrote, adds the curves.";
    place.append(element("p", { class: "note" }, text));
    return;
  }
  const panels = DATA.training.panels.map((quantity) =>
    panel(
      quantity.title,
      null,
      runKeys(quantity),
      mountChart((width) => quantityChart(width, quantity)),
    ),
  );
  place.append(...panels, valuesPanel());
}

function runClass(run) {
  return `run-${run % RUN_COLOURS}`;
}

function runDash(run) {
  return ["", "6 3", "2 3"][Math.floor(run / RUN_COLOURS) % 3];
}

function quantityChart(width, quantity) {
  const { unit, runs } = DATA.training;
  const all = quantity.curves;
  const x = {
    domain: [0, Math.max(...all.flatMap((curve) => curve.x), 1)],
    title: unit,
    write: (value) => String(value),
  };
  const values = all.flatMap((curve) => curve.y).filter((value) => value !== null);
  const domain = padded(values.length ? values : [0, 1]);
  if (quantity.name === "lr" || domain[0] < 0) domain[0] = Math.min(0, ...values);
  const y = { domain, write: shortNumber };
  const chart = plot(width, 230, x, y, `${quantity.title} over ${unit}s`);
  for (const curve of all)
    chart.root.append(...curveParts(chart, curve, quantity, runs[curve.run]));
  return chart.root;
}

function curveParts(chart, curve, quantity, name) {
  const colour = runClass(curve.run);
  const dashes = { "stroke-dasharray": runDash(curve.run) || null };
  if (curve.smooth) {
    return [
      line(chart, curve.x, curve.y, { class: `curve faint ${colour}` }),
      line(chart, curve.x, curve.smooth, { class: `curve ${colour}`, ...dashes }),
    ];
  }
  if (quantity.name === "lr") {
    // Runs that are compared often have one schedule: the first is widest, so each one shows.
    const width = Math.min(2 + 1.5 * (DATA.training.runs.length - 1 - curve.run), 5);
    return [
      line(chart, curve.x, curve.y, { class: `curve ${colour}`, "stroke-width": width, ...dashes }),
    ];
  }
  const parts = [line(chart, curve.x, curve.y, { class: `curve ${colour}`, ...dashes })];
  const shape = SHAPES[curve.run % SHAPES.length];
  curve.x.forEach((at, index) => {
    const value = curve.y[index];
    if (value === null) return;
    const isBest = index === curve.best;
    const title = `${name}: ${valueAt(curve, index)}${isBest ? ", the best" : ""}`;
    parts.push(
      marker(chart, at, value, shape, { class: `dot ${colour}${isBest ? " best" : ""}` }, title),
    );
  });
  return parts;
}

function shortNumber(value) {
  const text = String(Number(value.toPrecision(3)));
  return text.length > 6 ? value.toExponential().replace("-", "\u2212") : text;
}

function valueAt(curve, index) {
  if (index === null || curve.y[index] === null) return NOTHING;
  const place = Number(curve.x[index].toFixed(2));
  return `${Number(curve.y[index].toPrecision(4))} at ${DATA.training.unit} ${place}`;
}

function runKeys({ curves }) {
  const { runs } = DATA.training;
  if (runs.length === 1) return element("p", { hidden: true });
  return element(
    "p",
    { class: "leads keys" },
    curves.map(({ run }) => element("span", {}, runKey(run), runs[run])),
  );
}

function valuesPanel() {
  const { runs, panels } = DATA.training;
  const rows = runs.flatMap((name, run) =>
    panels.flatMap(({ title, curves }) =>
      curves.filter((curve) => curve.run === run).map((curve) => ({ name, run, title, ...curve })),
    ),
  );
  const columns = [
    { title: "Run", kind: "head", cell: (row) => [runKey(row.run), row.name] },
    { title: "Quantity", cell: (row) => row.title },
    { title: "Last", kind: "number", cell: (row) => valueAt(row, row.x.length - 1) },
    { title: "Best", kind: "number", cell: (row) => valueAt(row, row.best) },
  ];
  const note =
    "Training loss: faint as logged, strong the mean over 5% of the logged values around each. Filled marks are the best.";
  return panel("Values", note, table("Last and best values", columns, rows));
}

function runKey(run) {
  const stroke = drawn("path", {
    class: `curve ${runClass(run)}`,
    d: "M0 5h22",
    "stroke-dasharray": runDash(run) || null,
  });
  return drawn(
    "svg",
    { class: "run-key", viewBox: "0 0 22 10", width: 22, height: 10, "aria-hidden": "true" },
    stroke,
  );
}
