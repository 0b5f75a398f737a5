// One image, large, with everything that is known of it.

function makeDialog() {
  const dialog = byId("detail");
  const title = element("h2", { id: "detail-title" });
  const position = element("p", { class: "quiet", role: "status" });
  const close = button("Close", () => dialog.close(), { class: "plain" });
  const previous = button("\u2190", () => step(-1), {
    class: "plain",
    "aria-label": "Previous image",
  });
  const next = button("\u2192", () => step(1), { class: "plain", "aria-label": "Next image" });
  const stage = element("div", { class: "stage" });
  const facts = element("div", {
    class: "facts",
    tabindex: "0",
    role: "group",
    "aria-label": "What is known of this image",
  });
  const controls = boxControls("Boxes of this image");
  const head = element(
    "div",
    { class: "detail-head" },
    element("div", {}, title, position),
    element("div", { class: "detail-keys" }, previous, next, close),
  );
  const left = element("div", { class: "detail-picture" }, stage, controls.root);
  dialog.append(head, element("div", { class: "detail-body" }, left, facts));
  new ResizeObserver(() => stage.querySelectorAll(".frame").forEach(fitTags)).observe(stage);
  dialog.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    if (!isPlain || !steps[event.key] || event.target.matches("input, select, .wide")) return;
    event.preventDefault();
    step(steps[event.key]);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => closeImage());

  return function update(view, { indices }) {
    const isAsked = view.image !== "";
    if (!isAsked) {
      if (dialog.open) dialog.close();
      return;
    }
    const record = recordAt(INDEX_OF_ID.get(view.image));
    const place = indices.indexOf(record.index);
    title.textContent = `Image ${record.id}`;
    const where =
      place < 0
        ? "not among the images that the filters leave"
        : `${whole(place + 1)} of ${whole(indices.length)}`;
    position.textContent = `${record.file}, ${record.size.join(" \u00d7 ")} px; ${where}`;
    previous.disabled = place === 0 || !indices.length;
    next.disabled = place === indices.length - 1;
    stage.replaceChildren(picture(record, view));
    facts.replaceChildren(...factsOf(record));
    controls.update(view);
    if (!dialog.open) dialog.showModal();
    // A button that is disabled loses the focus, and the next key would go nowhere.
    if (document.activeElement?.disabled || !dialog.contains(document.activeElement)) close.focus();
    fitTags(stage.firstChild);
  };
}

function step(by) {
  const { view, chosen } = current();
  const place = chosen.indices.indexOf(INDEX_OF_ID.get(view.image));
  const index = chosen.indices[place < 0 ? 0 : place + by];
  if (index === undefined) return;
  const page = 1 + Math.floor(chosen.indices.indexOf(index) / PAGE_SIZE);
  change({ image: String(COLUMNS.id[index]), page }, { replace: true });
}

function factsOf(record) {
  const row = (name, content) => [element("dt", {}, name), element("dd", {}, content)];
  const list = element(
    "dl",
    { class: "reading" },
    row("Truth", element("span", { class: "string" }, marked(record, 0))),
    row("Read", element("span", { class: "string" }, marked(record, 1))),
    record.confidence === null
      ? []
      : row("Confidence", bar(record.confidence, shortConfidence(record.confidence))),
    row("Kind", [swatch(record.kind), record.kind]),
    HAS_OTHER ? row("Other run", otherReading(record)) : [],
  );
  const sentences = element(
    "ul",
    { class: "findings" },
    explanation(record).map((text) => element("li", {}, text)),
  );
  if (SUSPECTS.has(record.index))
    sentences.append(element("li", {}, "The reading is confident: the label may be wrong."));
  return [list, sentences, alternativesTable(record), detectionsTable(record)].filter(Boolean);
}

function otherReading(record) {
  const sure =
    record.otherConfidence === null
      ? ""
      : `, confidence ${shortConfidence(record.otherConfidence)}`;
  return [
    element("span", { class: "string" }, shown(record.otherRead)),
    ` ${record.otherKind}${sure}`,
  ];
}

function alternativesTable(record) {
  if (!record.others.length) return null;
  const columns = [
    {
      title: "Number",
      kind: "head",
      cell: ([string]) => element("span", { class: string ? "string" : "none" }, shown(string)),
    },
    {
      title: "Probability",
      cell: ([, probability]) =>
        probability === null ? NOTHING : bar(probability, decimal(probability, 3)),
    },
    { title: "", cell: ([, , second]) => (second ? "a second number beside it" : "") },
  ];
  return table("What else it may be", columns, record.others);
}

function detectionsTable(record) {
  const hidden = record.count - record.found.length;
  const weak = `${counted(hidden, "weak detection")} left out`;
  if (!record.found.length)
    return element("p", { class: "quiet" }, hidden ? `${weak}.` : "No detections.");
  const caption = `${counted(record.found.length, "detection")}${hidden ? `, ${weak}` : ""}`;
  const columns = [
    {
      title: "Digit",
      kind: "head",
      cell: (box) => element("span", { class: "string" }, box.label),
    },
    { title: "Score", cell: (box) => bar(box.score, decimal(box.score, 3)) },
    {
      title: "Spells",
      kind: "number",
      cell: (box) => (box.place < 0 ? "" : `${ordinal(box.place + 1)} digit`),
    },
    { title: "x, y", kind: "number", cell: (box) => `${box.x.toFixed(1)}, ${box.y.toFixed(1)}` },
    {
      title: "Size, px",
      kind: "number",
      cell: (box) => `${box.width.toFixed(1)} \u00d7 ${box.height.toFixed(1)}`,
    },
  ];
  const shownColumns = HAS_CONFIDENCE ? columns : columns.filter(({ title }) => title !== "Spells");
  return table(caption, shownColumns, record.found);
}
