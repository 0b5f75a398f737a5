// How far confidences can be trusted, and how many images can be answered at a wanted accuracy.

function drawConfidence() {
  const place = byId("confidence-panels");
  if (!HAS_CONFIDENCE) {
    place.append(
      element(
        "p",
        { class: "note" },
        "No confidences: the submission has no readings.json. tools/test.py writes one, and tools/read_detections.py makes one from a pred.json.",
      ),
    );
    return;
  }
  place.append(coveragePanel(), reliabilityPanel(), histogramPanel());
}

function coverageCurve() {
  const { curve } = DATA.confidence;
  return numbersInRows(curve, 3).map(([threshold, answered, right]) => ({
    threshold,
    answered,
    coverage: answered / COUNT,
    accuracy: right / answered,
    right,
  }));
}

// The last point that is good enough: answering more costs accuracy, but not always.
function bestPoint(points, wanted) {
  return points.findLastIndex((point) => point.right >= wanted * point.answered - 1e-9);
}

function coveragePanel() {
  const points = coverageCurve();
  const lowest = Math.floor(1000 * Math.min(...points.map((point) => point.accuracy)) - 1e-9) / 10;
  const from = Math.min(lowest, 99);
  let wanted = 98;
  let latest = null;
  const limits = { min: Math.max(0, from), max: 100, step: 0.1, value: wanted };
  const field = element("input", {
    type: "number",
    id: "wanted",
    ...limits,
    oninput: () => set(field.value),
  });
  const slider = element("input", {
    type: "range",
    "aria-label": "Wanted accuracy in percent",
    ...limits,
    oninput: () => set(slider.value),
  });
  const answer = element("output", { for: "wanted", class: "answer" });
  const leads = element("p", { class: "leads" });
  const holder = mountChart((width) => {
    latest = coverageChart(width, points);
    latest.mark(wanted / 100);
    return latest.root;
  });

  function set(text) {
    const value = numberBetween(String(text), 0, 100);
    if (value === null) return;
    wanted = value;
    if (field.value !== String(value)) field.value = value;
    slider.value = value;
    const best = bestPoint(points, wanted / 100);
    answer.textContent = coverageSentence(wanted, points[best]);
    leads.replaceChildren(...coverageLeads(points, best));
    latest?.mark(wanted / 100);
  }

  set(wanted);
  const controls = element(
    "div",
    { class: "wanted" },
    element("label", { for: "wanted" }, "Wanted accuracy, %"),
    field,
    slider,
  );
  const note =
    "Only readings of some confidence or more are answered; the others would go to a person. The threshold is chosen on these very images, so on others expect a little less.";
  return panel(
    "Answers at a wanted accuracy",
    note,
    controls,
    answer,
    leads,
    holder,
    wantedTable(),
  );
}

function coverageSentence(wanted, point) {
  if (!point) return `No threshold reaches ${wanted}% accuracy on these images.`;
  const all = `${percent(point.coverage)} of the images (${whole(point.answered)} of ${whole(COUNT)}, ${whole(point.right)} right)`;
  return `At ${wanted}% accuracy it answers ${all}: those with a confidence of ${shortConfidence(point.threshold)} or more.`;
}

function coverageLeads(points, best) {
  if (best < 0) return [filterButton("show all images", { sort: "sure" })];
  const leads = [
    filterButton("show the answered images that are wrong", {
      kind: KINDS.filter((kind) => kind !== "right"),
      from: points[best].threshold,
    }),
  ];
  const next = points[best + 1];
  if (next) leads.push(filterButton("show the unanswered", { to: next.threshold }));
  return leads;
}

function coverageChart(width, points) {
  const domain = [Math.max(0, Math.min(...points.map((point) => point.accuracy)) - 0.02), 1];
  const write = (value) =>
    percent(value, value % 0.01 > 1e-6 && value % 0.01 < 0.01 - 1e-6 ? 1 : 0);
  const x = { domain: [0, 1], title: "images answered", write: (value) => percent(value, 0) };
  const chart = plot(
    width,
    240,
    x,
    { domain, title: "accuracy of these", write },
    "Accuracy of the answered images over the share of images answered, the most confident first",
  );
  const coverages = points.map((point) => point.coverage);
  chart.root.append(
    line(
      chart,
      coverages,
      points.map((point) => point.accuracy),
      { class: "curve" },
    ),
  );
  const marks = drawn("g");
  chart.root.append(marks);
  const mark = (wanted) => {
    const best = points[bestPoint(points, wanted)];
    const { left, right, bottom } = chart.edges;
    const shownAt = chart.py(Math.max(wanted, domain[0]));
    const parts = [
      drawn("line", { class: "wanted-line", x1: left, x2: right, y1: shownAt, y2: shownAt }),
    ];
    if (best) {
      const at = chart.px(best.coverage);
      parts.push(
        drawn("line", {
          class: "wanted-line",
          x1: at,
          x2: at,
          y1: chart.py(best.accuracy),
          y2: bottom,
        }),
        marker(
          chart,
          best.coverage,
          best.accuracy,
          "circle",
          { class: "wanted-point" },
          percent(best.coverage),
        ),
      );
    }
    marks.replaceChildren(...parts);
  };
  return { root: chart.root, mark };
}

function wantedTable() {
  const columns = [
    { title: "Accuracy", kind: "head", cell: (row) => percent(row.wanted, 0) },
    { title: "Answered", kind: "number", cell: (row) => percent(row.coverage) },
    { title: "95% interval", kind: "number", cell: (row) => interval(row.low, row.high, percent) },
    { title: "Confidence from", kind: "number", cell: (row) => shortConfidence(row.threshold) },
  ];
  return table("Images answered at usual accuracies", columns, DATA.confidence.wanted);
}
