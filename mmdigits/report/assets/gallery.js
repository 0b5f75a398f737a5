// The cards of one page, the order, and the way to other pages.

function marked(record, side) {
  // Digits without a partner, or with another one, are underlined.
  const string = side === 0 ? record.truth : record.read;
  if (string === "")
    return [element("span", { class: "none" }, side === 0 ? "no digits" : "nothing")];
  const wrong = new Map();
  for (const pair of record.pairs) {
    const other = pair[1 - side];
    if (pair[side] < 0) continue;
    if (other < 0) wrong.set(pair[side], side === 0 ? "missed" : "extra");
    else if (record.truth[pair[0]] !== record.read[pair[1]]) wrong.set(pair[side], "confused");
  }
  return Array.from(string, (digit, place) =>
    element("span", { class: wrong.has(place) ? `wrong-${wrong.get(place)}` : null }, digit),
  );
}

function cardLabel(record) {
  const parts = [
    `Image ${record.id}`,
    `truth ${shown(record.truth)}`,
    `read ${shown(record.read)}`,
    record.kind,
  ];
  if (record.confidence !== null) parts.push(`confidence ${shortConfidence(record.confidence)}`);
  if (SUSPECTS.has(record.index)) parts.push("suspected label error");
  return parts.join(", ");
}

function card(index, view) {
  const record = recordAt(index);
  const strings = element(
    "span",
    { class: "strings" },
    element("span", { class: "string" }, marked(record, 0)),
    element("span", { class: "arrow", "aria-hidden": "true" }, "\u2192"),
    element("span", { class: "string" }, marked(record, 1)),
  );
  const kind = element("span", { class: "card-kind" }, swatch(record.kind), record.kind);
  const sure = element(
    "span",
    { class: "number" },
    record.confidence === null ? "" : shortConfidence(record.confidence),
  );
  const name = element("span", { class: "card-name quiet", title: record.file }, record.file);
  const other =
    HAS_OTHER &&
    element("span", { class: "card-other quiet" }, `other: ${shown(record.otherRead)}`);
  const attributes = { class: "card", "aria-label": cardLabel(record), "data-index": index };
  return button(
    [
      picture(record, view),
      strings,
      element("span", { class: "card-line" }, kind, sure),
      element("span", { class: "card-line" }, name, other || null),
    ],
    () => openImage(index),
    attributes,
  );
}

// Arrow keys walk the grid, as well as Tab.
function walkCards(event) {
  const cards = [...byId("cards").children];
  const place = cards.indexOf(event.target.closest(".card"));
  const columns = cards.filter((one) => one.offsetTop === cards[0].offsetTop).length;
  const steps = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -place,
    End: cards.length - 1 - place,
  };
  const next = cards[place + steps[event.key]];
  if (place < 0 || !next || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  next.focus();
}

function makeGallery() {
  const cards = byId("cards");
  const sorts = HAS_CONFIDENCE ? SORTS : { worst: SORTS.worst, id: SORTS.id, small: SORTS.small };
  const sort = choice(sorts, (value) => change({ sort: value, page: 1 }));
  sort.id = "sort";
  const controls = boxControls("Boxes in the gallery");
  byId("toolbar").append(element("label", { class: "toggle" }, "order", sort), controls.root);
  const pager = makePager();
  cards.addEventListener("keydown", walkCards);
  const fitAll = () => cards.querySelectorAll(".frame").forEach(fitTags);
  new ResizeObserver(fitAll).observe(cards);

  let drawnView = null;

  return function update(view, { indices, pages }) {
    // Behind an open image nothing changes.
    const key = writeView({ ...view, image: "" });
    if (key === drawnView) return;
    drawnView = key;
    const first = (view.page - 1) * PAGE_SIZE;
    const focused = document.activeElement?.closest?.(".card")?.dataset.index;
    cards.replaceChildren(
      ...indices.slice(first, first + PAGE_SIZE).map((index) => card(index, view)),
    );
    if (!indices.length)
      cards.append(element("p", { class: "note" }, "No image passes all filters."));
    fitAll();
    if (focused !== undefined) focusCard(Number(focused));
    byId("count").textContent =
      `${whole(indices.length)} of ${counted(COUNT, "image")}, page ${view.page} of ${pages}`;
    byId("tokens").replaceChildren(...tokens(view));
    sort.value = view.sort;
    controls.update(view);
    pager(view.page, pages);
  };
}

function focusCard(index) {
  byId("cards").querySelector(`[data-index="${index}"]`)?.focus();
}

// Filters that have no control of their own, to be taken off, and a way to take off all.
function tokens(view) {
  const made = [];
  const drop = (patch) => () => {
    change(patch);
    byId("gallery").focus({ preventScroll: true });
  };
  const token = (text, patch) => {
    const cross = element("span", { "aria-hidden": "true" }, " \u00d7");
    made.push(
      button([text, cross], drop(patch), {
        class: "token",
        "aria-label": `${text}: remove this filter`,
      }),
    );
  };
  if (view.cell) {
    const [truth, read] = view.cell.split(">");
    token(
      truth === "false"
        ? `${read} read where none is`
        : `true ${truth}, ${read === "missed" ? read : `read as ${read}`}`,
      { cell: "" },
    );
  }
  if (view.height)
    token(`digit height ${view.height.replace(/-$/, " and more").replace("-", " to ")} px`, {
      height: "",
    });
  if (isFiltered(view))
    made.push(button("Clear filters", drop(withoutFilters()), { class: "plain", id: "clear" }));
  return made;
}

function makePager() {
  const go = (page) => {
    change({ page });
    byId("gallery").scrollIntoView();
  };
  const previous = button("Previous", () => go(current().view.page - 1), { class: "plain" });
  const next = button("Next", () => go(current().view.page + 1), { class: "plain" });
  const number = element("input", {
    type: "number",
    min: 1,
    "aria-label": "Page",
    onchange: () => go(Math.floor(Number(number.value)) || 1),
  });
  const total = element("span", { class: "quiet" });
  byId("pager").append(previous, number, total, next);
  return (page, pages) => {
    byId("pager").hidden = pages === 1;
    previous.disabled = page === 1;
    next.disabled = page === pages;
    number.value = page;
    number.max = pages;
    total.textContent = `of ${whole(pages)}`;
  };
}
