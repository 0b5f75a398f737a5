// Which digit is read as which, and how well each is read.

function drawDigits() {
  byId("digits-panels").append(confusionPanel(), digitsPanel(), heightsPanel());
}

function confusionPanel() {
  const { rows, columns, counts } = DATA.tables.confusion;
  const head = columns.map((name) => element("th", { scope: "col" }, name));
  const body = rows.map((name, row) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      columns.map((column, place) => confusionCell(name, column, counts[row][place], counts[row])),
    ),
  );
  const corner = element("td", { class: "corner" }, "true \\ read");
  const made = element(
    "table",
    { class: "confusion" },
    element("caption", {}, "Digits by what they were read as"),
    element("thead", {}, element("tr", {}, corner, head)),
    element("tbody", {}, body),
  );
  const note =
    "Rows are true digits, columns what was read. \u201cmissed\u201d: not read; \u201cfalse\u201d: read where no digit is. A count leads to its images.";
  return panel("Confusion of digits", note, wide("Confusion matrix", made));
}

function confusionCell(truth, read, count, row) {
  const kind = truth === read ? "same" : "other";
  if (count === 0)
    return element("td", { class: "zero" }, truth === "false" && read === "missed" ? "" : "0");
  const share = count / row.reduce((sum, value) => sum + value, 0);
  const meaning =
    truth === "false"
      ? `${read} read where no digit is`
      : `true ${truth}, ${read === "missed" ? "missed" : `read as ${read}`}`;
  const open = () => showInGallery({ cell: `${truth}>${read}` });
  const label = `${meaning}: ${count}. Show the images`;
  // The square root keeps rare confusions visible beside frequent ones.
  const attributes = { class: kind, "--part": Math.sqrt(share) };
  return element(
    "td",
    attributes,
    button(whole(count), open, { "aria-label": label, title: meaning }),
  );
}

function digitsPanel() {
  const columns = [
    {
      title: "Digit",
      kind: "head",
      cell: (row) =>
        filterButton(
          row.digit,
          { digit: row.digit },
          `Show the images with a ${row.digit}, true or read`,
        ),
    },
    { title: "True", kind: "number", cell: (row) => whole(row.true) },
    { title: "Right", kind: "number", cell: (row) => whole(row.right) },
    { title: "Confused", kind: "number", cell: (row) => whole(row.confused) },
    { title: "Missed", kind: "number", cell: (row) => whole(row.missed) },
    { title: "Taken for it", kind: "number", cell: (row) => whole(row.taken_for) },
    { title: "False", kind: "number", cell: (row) => whole(row.false) },
    {
      title: "Recall, 95% interval",
      cell: (row) =>
        row.recall === null ? NOTHING : bar(row.recall, percent(row.recall), row.low, row.high),
    },
  ];
  const note =
    "\u201cTaken for it\u201d: other digits read as this one. \u201cFalse\u201d: read where no digit is.";
  return panel("By digit", note, table("How well each digit is read", columns, DATA.tables.digits));
}
