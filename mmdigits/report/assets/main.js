// What is shown, and how it changes: every change goes through the address, so that Back undoes it.

const OPENED = "opened"; // marks the entries of the history that an image was opened with
const state = { view: readView(location.hash), chosen: null, isReturning: false };
const updates = {};

function current() {
  return state;
}

function selectionKey(view) {
  return [...FILTERS, "sort"].map((name) => valueText(view[name])).join("\n");
}

function show(view) {
  const before = state.view;
  if (state.chosen === null || selectionKey(view) !== selectionKey(before))
    state.chosen = select(view);
  const page = Math.min(view.page, state.chosen.pages);
  state.view = { ...view, page };
  updates.filters(state.view, state.chosen.open);
  updates.gallery(state.view, state.chosen);
  updates.dialog(state.view, state.chosen);
}

// replace: the step before is not to be gone back to, as while a slider moves.
function change(patch, { replace = false, mark = null } = {}) {
  const isOther = FILTERS.some((name) => name in patch);
  const view = { ...state.view, ...(isOther ? { page: 1 } : {}), ...patch };
  const address = writeView(view);
  if (replace) history.replaceState(history.state, "", address);
  else if (address !== writeView(state.view)) history.pushState(mark, "", address);
  show(view);
}

function openImage(index) {
  change({ image: String(COLUMNS.id[index]) }, { mark: OPENED });
}

// An image that was opened here is closed by going back, so that Back doesn't open it again. The
// page may have turned since: the entry that it comes back to is told.
function closeImage() {
  const { view } = state;
  if (view.image === "") return;
  const closed = { ...view, image: "" };
  show(closed);
  focusCard(INDEX_OF_ID.get(view.image));
  if (history.state === OPENED) {
    state.isReturning = true;
    history.back();
  } else {
    history.replaceState(null, "", writeView(closed));
  }
}

function showInGallery(patch) {
  change({ ...withoutFilters(), ...patch });
  const gallery = byId("gallery");
  gallery.scrollIntoView();
  gallery.focus({ preventScroll: true });
}

function followAddress() {
  if (state.isReturning) {
    state.isReturning = false;
    history.replaceState(null, "", writeView(state.view));
    return;
  }
  const before = state.view;
  const view = readView(location.hash);
  if (writeView(view) === writeView(before)) return;
  show(view);
  if (before.image !== "" && view.image === "") focusCard(INDEX_OF_ID.get(before.image));
}

function makeSections() {
  const links = [...document.querySelectorAll("main > section:not([hidden])")].map((section) => {
    const title = section.id === "summary" ? "Summary" : section.querySelector("h2").textContent;
    return element("a", { href: `#${section.id}` }, title);
  });
  byId("sections").append(...links);
  // The address holds the view, so a link to a section must not replace it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const section = document.querySelector(link.getAttribute("href"));
    section.scrollIntoView();
    section.setAttribute("tabindex", "-1");
    section.focus({ preventScroll: true });
  });
}

function start() {
  makeTheme();
  drawTiles();
  drawErrors();
  drawDigits();
  drawConfidence();
  drawComparison();
  drawTraining();
  makeSections();
  updates.filters = makeFilters();
  updates.gallery = makeGallery();
  updates.dialog = makeDialog();
  addEventListener("popstate", followAddress);
  show(state.view);
}

start();
