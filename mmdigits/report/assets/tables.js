// The tables of errors.

function filterButton(text, patch, label) {
  return button(text, () => showInGallery(patch), { class: "link", "aria-label": label });
}

function drawErrors() {
  const panels = [kindsPanel(), lengthsPanel()];
  if (DATA.tables.suspects) panels.push(suspectsPanel());
  byId("errors-panels").append(...panels);
}

function kindsPanel() {
  const today = DATA.summary.accuracy;
  const rows = DATA.tables.kinds;
  const columns = [
    {
      title: "Kind",
      kind: "head",
      cell: (row) => [
        swatch(row.kind),
        filterButton(row.kind, { kind: [row.kind] }, `Show the images: ${row.kind}`),
      ],
    },
    { title: "Images", kind: "number", cell: (row) => whole(row.images) },
    {
      title: "Share, 95% interval",
      cell: (row) => bar(row.fraction, percent(row.fraction), row.low, row.high, row.kind),
    },
    {
      title: "Accuracy if mended",
      kind: "number",
      cell: (row) =>
        row.kind === "right"
          ? percent(today)
          : `${percent(row.accuracy_if_mended)} (${signed(row.accuracy_if_mended - today, percent)})`,
    },
  ];
  const note = HAS_CONFIDENCE
    ? "One kind an image, by pairing the boxes read with the true ones."
    : "One kind an image, by the strings alone: without readings.json the boxes that spell a number are not known.";
  const names = element("dl", { class: "kind-notes" });
  for (const kind of KINDS) {
    names.append(element("dt", {}, swatch(kind), kind), element("dd", {}, KIND_NOTES[kind]));
  }
  const legend = element("details", {}, element("summary", {}, "What the kinds mean"), names);
  return panel("Kinds of errors", note, table("Kinds of errors", columns, rows), legend);
}

function lengthsPanel() {
  const columns = [
    {
      title: "True digits",
      kind: "head",
      cell: (row) =>
        filterButton(
          String(row.length),
          { length: [row.length] },
          `Show the images with ${counted(row.length, "digit")}`,
        ),
    },
    { title: "Images", kind: "number", cell: (row) => whole(row.images) },
    { title: "Right", kind: "number", cell: (row) => whole(row.right) },
    {
      title: "Accuracy, 95% interval",
      cell: (row) => bar(row.accuracy, percent(row.accuracy), row.low, row.high),
    },
  ];
  return panel(
    "By length of the number",
    null,
    table("Accuracy by number of true digits", columns, DATA.tables.lengths),
  );
}

function suspectsPanel() {
  const { suspects, suspectedFrom } = DATA.tables;
  const title = "Suspected label errors";
  const note = `${counted(suspects.length, "reading")} with a confidence of ${suspectedFrom} or more ${suspects.length === 1 ? "contradicts its" : "contradict their"} label: the label may be wrong.`;
  if (!suspects.length) return panel(title, note);
  const rows = suspects.slice(0, 8).map((id) => recordAt(INDEX_OF_ID.get(String(id))));
  const columns = [
    {
      title: "Image",
      kind: "head",
      cell: (row) =>
        button(String(row.id), () => openImage(row.index), {
          class: "link",
          "aria-label": `Open image ${row.id}`,
        }),
    },
    { title: "Label", kind: "string", cell: (row) => shown(row.truth) },
    { title: "Read", kind: "string", cell: (row) => shown(row.read) },
    { title: "Confidence", kind: "number", cell: (row) => shortConfidence(row.confidence) },
    { title: "If the label is right", cell: (row) => [swatch(row.kind), row.kind] },
  ];
  const all = button(
    `Show all ${suspects.length} in the gallery`,
    () => showInGallery({ suspect: true, sort: "sure" }),
    { class: "plain" },
  );
  return panel(title, note, table(title, columns, rows), all);
}

function heightsPanel() {
  const range = (row) => (row.high === null ? `${row.low} and more` : `${row.low} to ${row.high}`);
  const patch = (row) => ({ height: `${row.low}-${row.high ?? ""}` });
  const columns = [
    {
      title: "Height, px",
      kind: "head",
      cell: (row) =>
        filterButton(
          range(row),
          patch(row),
          `Show the images whose median digit is ${range(row)} pixels high`,
        ),
    },
    { title: "True boxes", kind: "number", cell: (row) => whole(row.boxes) },
    {
      title: "mAP",
      cell: (row) => (row.mean_ap === null ? NOTHING : bar(row.mean_ap, decimal(row.mean_ap, 3))),
    },
    {
      title: "AP50",
      cell: (row) => (row.ap50 === null ? NOTHING : bar(row.ap50, decimal(row.ap50, 3))),
    },
  ];
  const note =
    "Of the true boxes, in pixels of the stored photograph. A row leads to the images whose median digit is as high.";
  return panel(
    "Average precision by box height",
    note,
    table("Average precision by box height", columns, DATA.tables.heights),
  );
}
