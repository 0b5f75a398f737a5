// A photograph with its boxes: drawn over it, so that the reader chooses which.

// What is in the page needs no loading, and must be there when the page is printed.
const LOADING = DATA.photographs.folder === null ? "eager" : "lazy";
const LAYERS = ["other", "truth", "read"]; // from below
// Where it isn't known which boxes spell the number, all are drawn like those that do elsewhere.
const FOUND = HAS_CONFIDENCE ? "other" : "read";

function boxesShown(record, view) {
  const isUsed = (box) => box.place >= 0;
  const others = record.found.filter((box) => !isUsed(box) && box.score >= view.score);
  const drawnBoxes = [
    ...(view.others ? others.map((box) => ({ ...box, role: FOUND })) : []),
    ...(view.truth ? record.boxes.map((box) => ({ ...box, role: "truth" })) : []),
    ...(view.read ? record.found.filter(isUsed).map((box) => ({ ...box, role: "read" })) : []),
  ];
  return drawnBoxes.sort((a, b) => LAYERS.indexOf(a.role) - LAYERS.indexOf(b.role));
}

function boxTag(box, tags) {
  if (tags === "none") return null;
  const text =
    tags === "scores" && box.role !== "truth" ? `${box.label} ${box.score.toFixed(2)}` : box.label;
  // The truth stands below its box, what was found above: both are read where boxes coincide.
  const below = box.role === "truth";
  const y = below ? box.y + box.height : box.y;
  return drawn(
    "text",
    { class: `tag tag-${box.role}`, x: box.x, y, dy: below ? "0.95em" : "-0.25em" },
    text,
  );
}

function boxShape(box) {
  const place = { x: box.x, y: box.y, width: box.width, height: box.height };
  return [
    drawn("rect", { class: "box-edge", ...place }),
    drawn("rect", { class: `box box-${box.role}`, ...place }),
  ];
}

function overlay(record, view) {
  const [width, height] = record.size;
  const boxes = boxesShown(record, view);
  const shapes = boxes.flatMap(boxShape);
  const tags = boxes.map((box) => boxTag(box, view.tags)).filter(Boolean);
  return drawn(
    "svg",
    { class: "overlay", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    photographAt(record.index) === null ? drawn("rect", { class: "canvas", width, height }) : null,
    shapes,
    tags,
  );
}

function picture(record, view) {
  const source = photographAt(record.index);
  const [width, height] = record.size;
  const photograph =
    source &&
    element("img", {
      src: source,
      alt: "",
      width,
      height,
      loading: LOADING,
      decoding: "async",
      draggable: "false",
    });
  return element(
    "span",
    { class: `frame${view.pixels ? " pixels" : ""}` },
    photograph,
    overlay(record, view),
  );
}

// Tags keep their size on the screen, whatever the scale of the photograph.
function fitTags(frame) {
  const drawing = frame.querySelector(".overlay");
  const { width, height } = drawing.viewBox.baseVal;
  const room = drawing.getBoundingClientRect();
  const scale = Math.min(room.width / width, room.height / height);
  if (scale > 0) drawing.style.setProperty("--unit", `${1 / scale}px`);
}
