// The filters beside the gallery: made once, then only told what is chosen and how much it leaves.

const TYPING = 150; // milliseconds after the last key

function chip(content, onclick, label) {
  const count = element("span", { class: "chip-count" });
  const root = button([content, count].flat(), onclick, { class: "chip", "aria-pressed": "false" });
  const update = (isOn, number) => {
    root.setAttribute("aria-pressed", String(isOn));
    root.setAttribute("aria-label", `${label}, ${counted(number, "image")}`);
    root.classList.toggle("empty", number === 0);
    count.textContent = whole(number);
  };
  return { root, update };
}

function fieldset(title, ...children) {
  return element("fieldset", {}, element("legend", {}, title), children);
}

// Chips for values of which several can be chosen, or one alone.
function chipGroup(title, name, values, parts, valuesAt, several) {
  const chips = values.map((value) => {
    const { content, label } = parts(value);
    const toggle = () => {
      const now = current().view[name];
      if (!several) return change({ [name]: now === value ? "" : value });
      return change({
        [name]: now.includes(value) ? now.filter((other) => other !== value) : [...now, value],
      });
    };
    return { value, ...chip(content, toggle, label) };
  });
  function update(view, open) {
    const counts = tally(open[name], valuesAt);
    for (const { value, update: tell } of chips) {
      const isOn = several ? view[name].includes(value) : view[name] === value;
      tell(isOn, counts.get(value) || 0);
    }
  }
  const row = element(
    "div",
    { class: `chips chips-${name}` },
    chips.map(({ root }) => root),
  );
  return { root: fieldset(title, row), update };
}

function kindChips() {
  const parts = (kind) => ({
    content: [swatch(kind), element("span", { class: "chip-text" }, kind)],
    label: kind,
  });
  return chipGroup("Kind", "kind", KINDS, parts, (i) => [KINDS[COLUMNS.kind[i]]], true);
}

function lengthChips() {
  const lengths = [...new Set(COLUMNS.truth.map((truth) => truth.length))].sort((a, b) => a - b);
  const parts = (length) => ({
    content: element("span", { class: "chip-text" }, String(length)),
    label: counted(length, "true digit"),
  });
  return chipGroup("True digits", "length", lengths, parts, (i) => [COLUMNS.truth[i].length], true);
}

function digitChips() {
  const parts = (digit) => ({
    content: element("span", { class: "chip-text" }, digit),
    label: `with a ${digit}`,
  });
  const valuesAt = (i) => new Set(COLUMNS.truth[i] + COLUMNS.read[i]);
  return chipGroup(
    "Has the digit, true or read",
    "digit",
    [..."0123456789"],
    parts,
    valuesAt,
    false,
  );
}

function versusChips() {
  const parts = (name) => ({
    content: element("span", { class: "chip-text" }, VERSUS[name]),
    label: VERSUS[name],
  });
  return chipGroup(
    "Against the other run",
    "versus",
    Object.keys(VERSUS),
    parts,
    (i) => [versusAt(i)],
    false,
  );
}

function suspectChip() {
  const made = chip(
    element("span", { class: "chip-text" }, "suspected label errors"),
    () => change({ suspect: !current().view.suspect }),
    "suspected label errors",
  );
  const update = (view, open) =>
    made.update(view.suspect, open.suspect.filter((index) => SUSPECTS.has(index)).length);
  return { root: fieldset("Presets", element("div", { class: "chips" }, made.root)), update };
}

function confidenceFields() {
  const field = (name, label) =>
    element("input", {
      type: "number",
      min: 0,
      max: 1,
      step: "any",
      placeholder: name === "from" ? "0" : "1",
      "aria-label": label,
      onchange: (event) => change({ [name]: numberBetween(event.target.value, 0, 1) }),
    });
  const from = field("from", "Confidence from");
  const to = field("to", "Confidence to");
  const update = (view) => {
    from.value = view.from ?? "";
    to.value = view.to ?? "";
  };
  return {
    root: fieldset("Confidence", element("div", { class: "range" }, from, "to", to)),
    update,
  };
}

function searchField() {
  let waiting = null;
  const field = element("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "id, file or number",
    oninput: () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => change({ text: field.value }, { replace: true }), TYPING);
    },
  });
  const update = (view) => {
    if (document.activeElement !== field || view.text !== field.value.trim())
      field.value = view.text;
  };
  const label = element("label", { for: "search" }, "Search id, file, truth or read");
  return { root: element("div", { class: "field" }, label, field), update };
}

function makeFilters() {
  const parts = [searchField(), kindChips()];
  if (DATA.tables.suspects) parts.push(suspectChip());
  if (HAS_OTHER) parts.push(versusChips());
  parts.push(lengthChips(), digitChips());
  if (HAS_CONFIDENCE) parts.push(confidenceFields());
  const form = byId("filters-form");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(...parts.map(({ root }) => root));
  // On a phone the filters would push the images out of sight.
  byId("filters").open = matchMedia("(min-width: 56rem)").matches;

  return function update(view, open) {
    for (const part of parts) part.update(view, open);
    const active = FILTERS.filter(
      (name) => valueText(view[name]) !== valueText(DEFAULTS[name]),
    ).length;
    byId("filters-note").textContent = active ? `${active} active` : "none active";
  };
}
