"""What can be wrong with a ``pred.csv``, its ids, and its strings against the boxes."""

from mmdigits.files.check.rule import ERROR, NOTE, WARNING, Rule

_NOTHING = "Where nothing is read the string is -1; a reader turns anything else into NaN or text."

STRING_RULES = {
    "csv-delimiter": Rule(
        ERROR,
        "A reader finds one column instead of two.",
        "Separate with commas: image_id,pred_label. Excel uses the separator of the country.",
    ),
    "csv-header": Rule(
        ERROR,
        "The first image is taken for the names of the columns and is lost, and no column is "
        "found by its name.",
        "Begin with the line image_id,pred_label",
    ),
    "csv-columns": Rule(
        ERROR,
        "Columns are found by name: image_id and pred_label, without spaces or capital letters.",
        "Make the first line exactly image_id,pred_label",
    ),
    "csv-extra": Rule(
        WARNING,
        "Two columns are asked for; a grader that goes by position reads the wrong ones.",
        "Write image_id and pred_label alone; in pandas to_csv(..., index=False).",
    ),
    "csv-swapped": Rule(
        ERROR,
        "Every string is then looked up as an image.",
        "Swap the values or the names in the first line.",
    ),
    "csv-row": Rule(
        ERROR,
        "Readers stop at such a line, or fill up with NaN.",
        "Write image_id, one comma and the string, nothing else; use csv.writer.",
    ),
    "csv-quote": Rule(
        ERROR,
        "All that follows up to the next quotation mark is taken for one value.",
        "Write numbers without quotation marks.",
    ),
    "csv-empty": Rule(
        ERROR,
        "Every image needs a row, -1 where nothing is read.",
        "Write one row for each image of the test set.",
    ),
    "label-empty": Rule(ERROR, _NOTHING, "Write -1 where nothing is read: string or '-1'."),
    "label-none": Rule(ERROR, _NOTHING, "Write -1 where nothing is read: string or '-1'."),
    "label-float": Rule(
        ERROR,
        "Strings are compared as they are: 12.0 is not 12. A column with a gap (NaN) becomes "
        "decimal in pandas, and Excel shortens large numbers.",
        "Keep the strings as text (dtype=str in pandas) and fill gaps with -1 before writing.",
    ),
    "label-spaces": Rule(
        ERROR,
        "Strings are compared as they are: ' 12' is not '12'.",
        "Write no spaces around commas; join digits with ''.join(...).",
    ),
    "label-list": Rule(
        ERROR,
        "The digits of an image are one string, without brackets or separators.",
        "Join the digits: ''.join(map(str, digits)).",
    ),
    "label-text": Rule(
        ERROR,
        "A string is the digits 0 to 9 alone, or -1 where nothing is read.",
        "Write ''.join(map(str, digits)) or '-1'.",
    ),
    "label-long": Rule(
        NOTE,
        "House numbers rarely have more than five digits: overlapping boxes may have been read "
        "twice.",
        "Suppress overlapping boxes of different digits before reading, or raise the threshold.",
    ),
    "labels-same": Rule(
        WARNING,
        "The strings may not have been filled in, or the threshold lets nothing through.",
        "Check the program that makes strings of boxes, and its threshold.",
    ),
    "ids-twice": Rule(
        ERROR,
        "Every image has one string; which row counts depends on the grader.",
        "Write each image once.",
    ),
    "ids-missing": Rule(
        ERROR,
        "An image without a row counts as wrong, or stops the grader.",
        "Write a row for every image, -1 where nothing is read.",
    ),
    "ids-unknown": Rule(
        ERROR,
        "pycocotools refuses the whole file when one image isn't in its labels.",
        "Check that it was made on these images, and that the id is the number in the file's name.",
    ),
    "ids-disagree": Rule(
        ERROR,
        "pred.csv has a row for every image: an image that it doesn't list is missing there, or "
        "unknown.",
        "Make both files in one run over the same images.",
    ),
    "ids-shifted": Rule(
        ERROR,
        "Every prediction is then scored on a neighbouring image.",
        "Take the id from the file's name: int(Path(name).stem), not from a counter.",
    ),
    "ids-gap": Rule(
        WARNING,
        "The images of the homework's test set are numbered 1, 2, 3, ... without gaps.",
        "Write a row for every image, -1 where nothing is read.",
    ),
    "ids-far": Rule(
        WARNING,
        "It is hardly an image of the same set, and pycocotools refuses a file with an image that "
        "isn't in its labels.",
        "Check where the id comes from: the number in the file's name.",
    ),
    "list-unknown": Rule(
        NOTE,
        "The last images may be missing in both files, and boxes may lie in another frame.",
        "Add --images FOLDER (the test images), --labels LABELS.json or --ids FILE.csv.",
    ),
    "string-impossible": Rule(
        ERROR,
        "The homework asks that strings be made from the submitted boxes. A vote, another model, "
        "or other boxes than those of pred.json give such strings.",
        "Make each string from the boxes of its image in pred.json; don't cut these by score.",
    ),
    "string-order": Rule(
        WARNING,
        "The boxes are there, but no choice of them spells the string from left to right.",
        "Sort the digits by x before joining them.",
    ),
    "string-rows": Rule(
        NOTE,
        "Their boxes stand in rows, in a column, on a slope or in one place: not wrong in itself.",
        "Nothing, if the numbers are written so.",
    ),
    "strings-moved": Rule(
        ERROR,
        "Each string is scored on another image than the one it was read in.",
        "Take id and string from the same sample; sort file names by int(Path(name).stem).",
    ),
    "strings-other": Rule(
        WARNING,
        "The best box of an image is nearly always a digit of its number: the two files hardly "
        "come from the same run, or rows were mixed up.",
        "Make both files in one run over the same images.",
    ),
    "string-weak": Rule(
        NOTE,
        "A string from a vote or another model, or a reader with a very low threshold, looks so.",
        "Nothing, if that was meant.",
    ),
    "zeros-lost": Rule(
        WARNING,
        "No string of the file begins with 0 and goes on, though zeros stand first: a program "
        "that reads strings as numbers drops them.",
        "Keep strings as text (dtype=str in pandas); don't open and save the file in Excel.",
    ),
    "unread-sure": Rule(
        NOTE,
        "That is allowed, but a lower threshold or another filter would read them.",
        "Check the filters of the program that makes strings of boxes.",
    ),
}
