// Which images a view shows, in which order, and how many each filter would leave.

const PAGE_SIZE = 48;
const GROUPS = [
  "kind",
  "length",
  "digit",
  "confidence",
  "text",
  "suspect",
  "versus",
  "cell",
  "height",
];

const orders = new Map();
let haystacks = null;

// By name of a group: a function from an index to whether the image passes, or null for all.
function tests(view) {
  const { from, to, digit, cell } = view;
  const kinds = new Set(view.kind.map((kind) => KINDS.indexOf(kind)));
  const lengths = new Set(view.length);
  const text = view.text.trim().toLowerCase();
  const [low, high] = view.height.split("-").map((part) => (part === "" ? null : Number(part)));
  return {
    kind: kinds.size ? (i) => kinds.has(COLUMNS.kind[i]) : null,
    length: lengths.size ? (i) => lengths.has(COLUMNS.truth[i].length) : null,
    digit: digit
      ? (i) => COLUMNS.truth[i].includes(digit) || COLUMNS.read[i].includes(digit)
      : null,
    confidence:
      from === null && to === null ? null : (i) => isBetween(COLUMNS.confidence[i], from, to),
    text: text ? (i) => haystack(i).includes(text) : null,
    suspect: view.suspect ? (i) => SUSPECTS.has(i) : null,
    versus: view.versus ? (i) => versusAt(i) === view.versus : null,
    cell: cell ? (i) => cellsAt(i).includes(cell) : null,
    height: view.height ? (i) => isBelow(COLUMNS.height[i], low, high) : null,
  };
}

function isBetween(value, from, to) {
  return value !== null && (from === null || value >= from) && (to === null || value <= to);
}

function isBelow(value, low, high) {
  return value !== null && value >= low && (high === null || value < high);
}

function haystack(index) {
  haystacks ??= COLUMNS.id.map((id, i) =>
    [id, COLUMNS.file[i], COLUMNS.truth[i], COLUMNS.read[i]].join("\n").toLowerCase(),
  );
  return haystacks[index];
}

// indices: what passes all filters, in order. open: by group, what passes all but that one.
function select(view) {
  const applied = tests(view);
  const names = GROUPS.filter((name) => applied[name]);
  const indices = [];
  const open = Object.fromEntries(GROUPS.map((name) => [name, []]));
  for (const index of order(view.sort)) {
    const failed = names.filter((name) => !applied[name](index));
    if (failed.length === 0) {
      indices.push(index);
      for (const name of GROUPS) open[name].push(index);
    } else if (failed.length === 1) {
      open[failed[0]].push(index);
    }
  }
  return { indices, open, pages: Math.max(1, Math.ceil(indices.length / PAGE_SIZE)) };
}

function tally(indices, valuesAt) {
  const counts = new Map();
  for (const index of indices) {
    for (const value of valuesAt(index)) counts.set(value, (counts.get(value) || 0) + 1);
  }
  return counts;
}

function order(sort) {
  if (!orders.has(sort)) {
    const keys = Array.from({ length: COUNT }, (_, index) => sortKey(sort, index));
    const indices = Array.from(keys.keys());
    orders.set(
      sort,
      indices.sort((a, b) => compareKeys(keys[a], keys[b]) || a - b),
    );
  }
  return orders.get(sort);
}

// Less comes first; images are stored by id.
function sortKey(sort, index) {
  const confidence = COLUMNS.confidence[index];
  const isRight = COLUMNS.kind[index] === RIGHT;
  if (sort === "id") return [0];
  if (sort === "sure") return [confidence === null ? 2 : -confidence];
  if (sort === "unsure") return [confidence === null ? 2 : confidence];
  if (sort === "small") return [COLUMNS.height[index] ?? Infinity];
  if (isRight) return [1, confidence ?? 0];
  return [0, confidence === null ? -errorsAt(index) : -confidence];
}

function compareKeys(a, b) {
  const place = a.findIndex((value, i) => value !== b[i]);
  return place < 0 ? 0 : a[place] < b[place] ? -1 : 1;
}
