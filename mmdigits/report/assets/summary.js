// The tiles, and the comparison with another run.

function tile(title, value, note) {
  return element(
    "div",
    { class: "tile" },
    element("span", { class: "tile-title" }, title),
    element("span", { class: "tile-value" }, value),
    element("span", { class: "tile-note" }, note),
  );
}

function drawTiles() {
  const { summary: sums, confidence, tables } = DATA;
  const [low, high] = sums.interval;
  const area = sums.meanAPInterval ? interval(...sums.meanAPInterval, decimal) : "IoU .50 to .95";
  const tiles = [
    tile(
      "String accuracy",
      percent(sums.accuracy),
      `${interval(low, high, percent)}; ${whole(sums.right)} of ${whole(sums.images)}`,
    ),
    tile("mAP", decimal(sums.meanAP), area),
    tile("Edits per digit", decimal(sums.editsPerDigit), "insertions, deletions, changes"),
    tile("Nothing read", percent(sums.unread / sums.images), counted(sums.unread, "image")),
  ];
  if (confidence) {
    const best = confidence.wanted.find((row) => row.wanted === 0.98);
    tiles.push(
      tile(
        "Calibration error",
        decimal(confidence.error, 3),
        `${interval(...confidence.range, (v) => decimal(v, 3))} if calibrated`,
      ),
      tile("Answered at 98%", percent(best.coverage), "of the images, at 98% accuracy"),
      tile("Label suspects", whole(tables.suspects.length), `confident, but against the label`),
    );
  }
  byId("tiles").append(...tiles);
  const from = [DATA.submission, `labels ${DATA.labels}`, counted(COUNT, "image")];
  byId("source").textContent =
    `${from.join(" \u00b7 ")} \u00b7 mmdigits ${DATA.version}. Intervals cover 95%.`;
}

function drawComparison() {
  const { comparison } = DATA;
  if (!comparison) return;
  byId("comparison").hidden = false;
  const { accuracy, meanAP } = comparison;
  const rows = [
    { title: "String accuracy", ...accuracy, write: percent },
    ...(meanAP ? [{ title: "mAP", ...meanAP, write: decimal }] : []),
  ];
  const columns = [
    { title: "", kind: "head", cell: (row) => row.title },
    { title: "This run", kind: "number", cell: (row) => row.write(row.this) },
    { title: "The other", kind: "number", cell: (row) => row.write(row.other) },
    { title: "Difference", kind: "number", cell: (row) => signed(row.difference, row.write) },
    {
      title: "95% interval",
      kind: "number",
      cell: (row) => interval(row.low, row.high, (value) => signed(value, row.write)) || NOTHING,
    },
    { title: "p", kind: "number", cell: (row) => decimal(row.p, 3) },
  ];
  const name = comparison.name;
  const note = `This run, ${DATA.submission}, minus the other, ${name}, on the same images: Newcombe's interval and the exact McNemar test for strings, a paired bootstrap for mAP.`;
  const lead = [
    filterButton(`only this run right: ${whole(accuracy.onlyThis)}`, { versus: "this" }),
    filterButton(`only the other right: ${whole(accuracy.onlyOther)}`, { versus: "other" }),
  ];
  byId("comparison-panels").append(
    panel(
      `Against ${name}`,
      note,
      table("Differences", columns, rows),
      element("p", { class: "leads" }, lead),
    ),
  );
}
