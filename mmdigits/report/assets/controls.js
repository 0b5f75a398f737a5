// Which boxes are drawn, and how: the same controls above the gallery and beside the open image.

function boxControls(name) {
  const toggle = (field, text, role) => {
    const box = element("input", {
      type: "checkbox",
      onchange: () => change({ [field]: box.checked }),
    });
    const mark = role && element("span", { class: `line line-${role}`, "aria-hidden": "true" });
    return { field, box, label: element("label", { class: "toggle" }, box, mark, text) };
  };
  const toggles = [
    toggle("truth", "truth", "truth"),
    ...(HAS_CONFIDENCE ? [toggle("read", "read", "read")] : []),
    toggle("others", HAS_CONFIDENCE ? "other boxes" : "boxes", FOUND),
    toggle("pixels", "sharp pixels", null),
  ];
  const score = element("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.01,
    oninput: () => change({ score: Number(score.value) }, { replace: true }),
  });
  const scoreText = element("output", { class: "number" });
  const tags = choice(TAGS, (value) => change({ tags: value }));
  const parts = [
    ...toggles.map(({ label }) => label),
    element("label", { class: "toggle" }, "score from", score, scoreText),
    element("label", { class: "toggle" }, "tags", tags),
  ];

  function update(view) {
    for (const { field, box } of toggles) box.checked = view[field];
    score.value = view.score;
    score.disabled = !view.others;
    scoreText.textContent = view.score.toFixed(2);
    tags.value = view.tags;
  }
  return {
    root: element("div", { class: "controls", role: "group", "aria-label": name }, parts),
    update,
  };
}

function choice(options, onchoice) {
  const made = element("select", { onchange: () => onchoice(made.value) });
  for (const [value, text] of Object.entries(options))
    made.append(element("option", { value }, text));
  return made;
}
