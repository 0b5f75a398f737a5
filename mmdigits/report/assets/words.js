// Numbers and findings in words.

const NOTHING = "\u2013";

const KIND_NOTES = {
  right: "The string is exactly right.",
  "nothing read": "No digit was read.",
  "missed digit": "True digits were not read.",
  "extra digit": "Digits were read where none is, or one was read twice.",
  "confused digit": "Digits were read as other ones.",
  "wrong order": "All digits were read, in another order.",
  several: "More than one of these.",
};

function percent(fraction, decimals = 1) {
  return fraction === null ? NOTHING : `${(100 * fraction).toFixed(decimals)}%`;
}

function decimal(value, decimals = 4) {
  return value === null ? NOTHING : value.toFixed(decimals);
}

function signed(value, write) {
  return `${value < 0 ? "\u2212" : "+"}${write(Math.abs(value))}`;
}

function whole(count) {
  return count.toLocaleString("en-US");
}

function counted(count, one, many = `${one}s`) {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

function interval(low, high, write) {
  return low === null ? "" : `${write(low)} to ${write(high)}`;
}

function shortConfidence(value) {
  // Rounded down: 0.9997 is not certain.
  return value === null ? NOTHING : (Math.floor(value * 1000 + 1e-6) / 1000).toFixed(3);
}

function shown(string) {
  return string === "" ? "nothing" : string;
}

function ordinal(number) {
  const tail = { 1: "st", 2: "nd", 3: "rd" };
  const teen = number % 100 > 10 && number % 100 < 14;
  return `${number}${teen ? "th" : tail[number % 10] || "th"}`;
}

function explanation(record) {
  const { kind, truth, read } = record;
  if (kind === "right") return ["The number is right."];
  if (read === "") return ["Nothing was read."];
  const sentences = record.pairs.map(([index, position]) => {
    if (position < 0) return `The ${ordinal(index + 1)} true digit, ${truth[index]}, was not read.`;
    if (index < 0) return `The ${ordinal(position + 1)} digit read, ${read[position]}, is extra.`;
    if (truth[index] === read[position]) return "";
    return `The ${ordinal(index + 1)} true digit, ${truth[index]}, was read as ${read[position]}.`;
  });
  if (isDisordered(record)) sentences.push("The digits were read in another order.");
  return sentences.filter(Boolean);
}

function isDisordered(record) {
  const both = record.pairs.filter(([index, position]) => index >= 0 && position >= 0);
  const digits = (pairs) => pairs.map(([index]) => record.truth[index]).join();
  const byIndex = [...both].sort((a, b) => a[0] - b[0]);
  const byPosition = [...both].sort((a, b) => a[1] - b[1]);
  return digits(byIndex) !== digits(byPosition);
}
