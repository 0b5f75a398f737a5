// The images of the report: columns as they are stored, and one of them as an object.

const DATA = JSON.parse(byId("data").textContent);
const EMBEDDED = JSON.parse(byId("photographs").textContent);
const COLUMNS = DATA.images;
const COUNT = COLUMNS.id.length;
const KINDS = DATA.kinds;
const RIGHT = KINDS.indexOf("right");
const HAS_CONFIDENCE = DATA.confidence !== null;
const HAS_OTHER = DATA.comparison !== null;
const INDEX_OF_ID = new Map(COLUMNS.id.map((id, index) => [String(id), index]));
const SUSPECTS = new Set((DATA.tables.suspects || []).map((id) => INDEX_OF_ID.get(String(id))));
const WITHOUT_PHOTOGRAPH = new Set(DATA.photographs.missing);

const LABEL_AT = 4; // in the numbers of a detection, behind its box

function numbersInRows(flat, length) {
  const rows = [];
  for (let start = 0; start < flat.length; start += length)
    rows.push(flat.slice(start, start + length));
  return rows;
}

function recordAt(index) {
  const record = {};
  for (const name of Object.keys(COLUMNS)) record[name] = COLUMNS[name][index];
  const used = record.used;
  return {
    ...record,
    index,
    kind: KINDS[record.kind],
    otherKind: HAS_OTHER ? KINDS[record.otherKind] : null,
    pairs: pairsAt(index),
    boxes: numbersInRows(record.boxes, 4).map((box, place) => ({
      ...corners(box),
      label: record.truth[place],
    })),
    found: numbersInRows(record.found, 6).map((row, place) => ({
      ...corners(row),
      label: String(row[LABEL_AT]),
      score: row[LABEL_AT + 1] / 1000,
      place: used.indexOf(place),
    })),
  };
}

function corners([x, y, width, height]) {
  return { x: x / 10, y: y / 10, width: width / 10, height: height / 10 };
}

// Of a right image each digit with itself: those aren't stored.
function pairsAt(index) {
  if (COLUMNS.kind[index] === RIGHT) {
    return Array.from(COLUMNS.truth[index], (_, place) => [place, place]);
  }
  return numbersInRows(COLUMNS.pairs[index], 2);
}

// The cells of the confusion matrix that an image is counted in: "7>1", "7>missed", "false>1".
function cellsAt(index) {
  const truth = COLUMNS.truth[index];
  const read = COLUMNS.read[index];
  return pairsAt(index).map(
    ([place, position]) =>
      `${place < 0 ? "false" : truth[place]}>${position < 0 ? "missed" : read[position]}`,
  );
}

function errorsAt(index) {
  return cellsAt(index).filter((cell) => cell[0] !== cell.slice(-1)).length;
}

function photographAt(index) {
  if (WITHOUT_PHOTOGRAPH.has(index)) return null;
  const { folder } = DATA.photographs;
  if (folder !== null) return `${encodeURIComponent(folder)}/${COLUMNS.id[index]}.jpg`;
  return `data:image/jpeg;base64,${EMBEDDED[index]}`;
}

function versusAt(index) {
  const here = COLUMNS.kind[index] === RIGHT;
  const there = COLUMNS.otherKind[index] === RIGHT;
  if (here === there) return here ? "both" : "neither";
  return here ? "this" : "other";
}
