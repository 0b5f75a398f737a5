// Elements of HTML and SVG, made in one call. Text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) made.style.setProperty(name, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function button(text, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...attributes }, text);
}

function byId(id) {
  return document.getElementById(id);
}

function panel(title, note, ...children) {
  const heading = element("h3", {}, title);
  return element(
    "div",
    { class: "panel" },
    heading,
    note && element("p", { class: "quiet" }, note),
    ...children,
  );
}

// A box of its own scrolls, not the page; it takes the keyboard where there is something to scroll.
function wide(label, ...children) {
  const box = element("div", { class: "wide", role: "group", "aria-label": label }, ...children);
  new ResizeObserver(() => {
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
    else box.removeAttribute("tabindex");
  }).observe(box);
  return box;
}

// columns: title, cell(row) giving a node or text, and kind: "head", "number" or none.
function table(caption, columns, rows) {
  const head = columns.map(({ title, kind }) =>
    element("th", { scope: "col", class: kind === "number" ? kind : null }, title),
  );
  const cells = (row) =>
    columns.map((column) => {
      const content = column.cell(row);
      if (column.kind === "head") return element("th", { scope: "row" }, content);
      return element("td", { class: column.kind }, content);
    });
  const made = element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, head)),
    element(
      "tbody",
      {},
      rows.map((row) => element("tr", {}, cells(row))),
    ),
  );
  return wide(caption, made);
}

function bar(fraction, text, low = null, high = null, kind = null) {
  const attributes = {
    class: kind ? `bar-cell ${kindClass(kind)}` : "bar-cell",
    "--part": fraction || 0,
  };
  if (low !== null) Object.assign(attributes, { "--low": low, "--high": high });
  const marks = [element("span", { class: "bar-fill" })];
  if (low !== null) marks.push(element("span", { class: "bar-range" }));
  return element(
    "span",
    attributes,
    element("span", { class: "bar-track", "aria-hidden": "true" }, marks),
    element("span", { class: "bar-text" }, text),
  );
}

function swatch(kind) {
  return element("span", { class: `swatch ${kindClass(kind)}`, "aria-hidden": "true" });
}

function kindClass(kind) {
  return `kind-${kind.replace(" ", "-")}`;
}
