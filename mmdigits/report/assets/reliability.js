// Confidence against accuracy, and how often each confidence is given.

function reliabilityPanel() {
  const { error, range, brier, bins } = DATA.confidence;
  const three = (value) => decimal(value, 3);
  const note = `Expected calibration error ${three(error)}; ${interval(...range, three)} is usual for perfectly calibrated readings of as many images. Brier score ${three(brier)}.`;
  const columns = [
    {
      title: "Confidence",
      kind: "head",
      cell: (bin) =>
        filterButton(
          `${three(bin.low)} to ${three(bin.high)}`,
          binPatch(bin),
          `Show the images with a confidence from ${three(bin.low)} to ${three(bin.high)}`,
        ),
    },
    { title: "Images", kind: "number", cell: (bin) => whole(bin.images) },
    { title: "Mean", kind: "number", cell: (bin) => three(bin.confidence) },
    { title: "Accuracy", kind: "number", cell: (bin) => percent(bin.accuracy) },
    {
      title: "95% interval",
      kind: "number",
      cell: (bin) => interval(bin.accuracy_low, bin.accuracy_high, percent),
    },
  ];
  const numbers = element(
    "details",
    {},
    element("summary", {}, "The numbers"),
    table("Reliability by confidence", columns, bins),
  );
  return panel(
    "Reliability",
    note,
    mountChart((width) => reliabilityChart(width, bins)),
    numbers,
  );
}

// A bin has its upper edge, not the lower one; confidences have six decimals.
function binPatch(bin) {
  return { from: bin.low > 0 ? Number((bin.low + 1e-6).toFixed(6)) : null, to: bin.high };
}

// Tenths with one decimal, quarters with two.
function fraction(value) {
  return decimal(value, Math.abs(value * 10 - Math.round(value * 10)) < 1e-9 ? 1 : 2);
}

function reliabilityChart(width, bins) {
  const write = fraction;
  const axis = (title) => ({ domain: [0, 1], title, write });
  const chart = plot(
    width,
    280,
    axis("mean confidence"),
    axis("accuracy"),
    "Accuracy of each tenth of the images over its mean confidence, with 95% intervals; the dashed diagonal is perfect calibration",
  );
  chart.root.append(line(chart, [0, 1], [0, 1], { class: "diagonal" }));
  for (const bin of bins) {
    const at = bin.confidence;
    const title = `${counted(bin.images, "image")}: confidence ${decimal(at, 3)}, accuracy ${percent(bin.accuracy)}`;
    chart.root.append(
      line(chart, [at, at], [bin.accuracy_low, bin.accuracy_high], { class: "whisker" }),
      marker(chart, at, bin.accuracy, "circle", { class: "dot" }, title),
    );
  }
  return chart.root;
}

function histogramPanel() {
  const bins = Array.from({ length: 20 }, () => ({ right: 0, wrong: 0 }));
  COLUMNS.confidence.forEach((value, index) => {
    const bin = bins[Math.min(19, Math.floor(value * 20))];
    bin[COLUMNS.kind[index] === RIGHT ? "right" : "wrong"] += 1;
  });
  const key = element(
    "p",
    { class: "leads" },
    element("span", { class: "key key-right" }, "right"),
    element("span", { class: "key key-wrong" }, "wrong"),
  );
  return panel(
    "How often each confidence is given",
    null,
    key,
    mountChart((width) => histogramChart(width, bins)),
  );
}

function histogramChart(width, bins) {
  const most = Math.max(...bins.map((bin) => bin.right + bin.wrong));
  const x = { domain: [0, 1], title: "confidence", write: fraction };
  const y = { domain: [0, most], title: "images", write: whole };
  const chart = plot(width, 240, x, y, "Number of images by confidence, right and wrong ones");
  bins.forEach((bin, number) => {
    const left = chart.px(number / 20) + 0.5;
    const room = chart.px((number + 1) / 20) - left - 0.5;
    const title = `${decimal(number / 20, 2)} to ${decimal((number + 1) / 20, 2)}: ${whole(bin.right)} right, ${whole(bin.wrong)} wrong`;
    const block = (low, high, kind) =>
      drawn(
        "rect",
        {
          class: kind,
          x: left,
          width: room,
          y: chart.py(high),
          height: chart.py(low) - chart.py(high),
        },
        drawn("title", {}, title),
      );
    chart.root.append(
      block(0, bin.wrong, "block-wrong"),
      block(bin.wrong, bin.wrong + bin.right, "block-right"),
    );
  });
  return chart.root;
}
