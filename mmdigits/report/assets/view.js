// What the reader looks at: filters, order, page, boxes shown and the open image, kept in the address.

const SORTS = {
  worst: "worst first",
  id: "image id",
  sure: "confidence, highest first",
  unsure: "confidence, lowest first",
  small: "digit height, smallest first",
};
const VERSUS = {
  this: "only this run right",
  other: "only the other right",
  neither: "both wrong",
  both: "both right",
};
const TAGS = { digits: "digits", scores: "digits and scores", none: "none" };

const DEFAULTS = Object.freeze({
  kind: [],
  length: [],
  digit: "",
  from: null,
  to: null,
  text: "",
  suspect: false,
  versus: "",
  cell: "",
  height: "",
  sort: "worst",
  page: 1,
  image: "",
  truth: true,
  read: true,
  others: !HAS_CONFIDENCE,
  score: HAS_CONFIDENCE ? 0.05 : 0.5,
  tags: "digits",
  pixels: false,
});
const FILTERS = [
  "kind",
  "length",
  "digit",
  "from",
  "to",
  "text",
  "suspect",
  "versus",
  "cell",
  "height",
];

function numberBetween(text, low, high) {
  const value = text.trim() === "" ? NaN : Number(text);
  return value >= low && value <= high ? value : null;
}

function oneOf(text, allowed, otherwise) {
  return Object.hasOwn(allowed, text) ? text : otherwise;
}

const READERS = {
  kind: (text) => KINDS.filter((kind) => text.split(",").includes(kind.replace(" ", "-"))),
  length: (text) =>
    text
      .split(",")
      .filter((part) => /^\d+$/.test(part))
      .map(Number),
  digit: (text) => (/^\d$/.test(text) ? text : ""),
  from: (text) => numberBetween(text, 0, 1),
  to: (text) => numberBetween(text, 0, 1),
  text: (text) => text,
  suspect: (text) => text === "1",
  versus: (text) => (HAS_OTHER ? oneOf(text, VERSUS, "") : ""),
  cell: (text) => (/^(\d|false)>(\d|missed)$/.test(text) ? text : ""),
  height: (text) => (/^\d+(\.\d+)?-(\d+(\.\d+)?)?$/.test(text) ? text : ""),
  sort: (text) => oneOf(text, SORTS, DEFAULTS.sort),
  page: (text) => Math.max(1, Math.floor(Number(text)) || 1),
  image: (text) => (INDEX_OF_ID.has(text) ? text : ""),
  truth: (text) => text === "1",
  read: (text) => text === "1",
  others: (text) => text === "1",
  score: (text) => numberBetween(text, 0, 1) ?? DEFAULTS.score,
  tags: (text) => oneOf(text, TAGS, DEFAULTS.tags),
  pixels: (text) => text === "1",
};

function valueText(value) {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (Array.isArray(value)) return value.join(",").replaceAll(" ", "-");
  return value === null ? "" : String(value);
}

function readView(hash) {
  const view = { ...DEFAULTS };
  for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    if (Object.hasOwn(READERS, name)) view[name] = READERS[name](text);
  }
  return view;
}

function writeView(view) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) {
    const text = valueText(value);
    if (text !== valueText(DEFAULTS[name])) parameters.set(name, text);
  }
  return `#${parameters}`;
}

function isFiltered(view) {
  return FILTERS.some((name) => valueText(view[name]) !== valueText(DEFAULTS[name]));
}

function withoutFilters() {
  return Object.fromEntries(FILTERS.map((name) => [name, DEFAULTS[name]]));
}
