"""What can be wrong with the detections of a ``pred.json``."""

from mmdigits.files.check.rule import ERROR, NOTE, WARNING, Rule

_LAYOUT = "bbox must be [x_min, y_min, width, height] in pixels of the stored image"

DETECTION_RULES = {
    "entry-form": Rule(
        ERROR,
        "Every entry must be an object: {'image_id', 'bbox', 'score', 'category_id'}.",
        "Write one such object for each box.",
    ),
    "key-missing": Rule(
        ERROR,
        "A grader stops at the first entry that lacks one of image_id, bbox, score, category_id.",
        "Write these four keys in every entry, spelt exactly so.",
    ),
    "id-form": Rule(
        ERROR,
        "Images are matched by number: the text '7', 7.0 or '7.png' is not the image 7.",
        "Write plain integers: int(image_id); of a file name, int(Path(name).stem).",
    ),
    "category-form": Rule(
        ERROR,
        "A category that is no integer matches none, so the box counts as no detection.",
        "Write int(label) + 1 for a digit 0 to 9.",
    ),
    "category-range": Rule(
        ERROR,
        "There are ten categories: category_id is the digit + 1, so digit 0 is 1 and digit 9 is "
        "10.",
        "Write digit + 1. A model with a background class counts from 1 already: add nothing "
        "there.",
    ),
    "category-digit": Rule(
        ERROR,
        "category_id is the digit + 1. Written as digits every box has the wrong category, not "
        "only those with 0.",
        "Add 1 to every category_id.",
    ),
    "category-shift": Rule(
        ERROR,
        "category_id is the digit + 1: digit 0 is 1, digit 9 is 10. Otherwise every box is taken "
        "for another digit, and mAP is near 0.",
        "Write category_id = digit + 1; SVHN's own label 10 is the digit 0.",
    ),
    "category-one": Rule(
        WARNING,
        "House numbers need more than one digit: the class may have been lost on the way.",
        "Check how category_id is filled in.",
    ),
    "category-unused": Rule(
        NOTE,
        "In that many detections every digit usually occurs: a class may have been cut off.",
        "Check that category_id goes up to 10 (digit 9) and down to 1 (digit 0).",
    ),
    "score-form": Rule(
        ERROR,
        "Scores are sorted; text or null can't be.",
        "Write float(score), not a string, a tensor's text or null.",
    ),
    "score-range": Rule(
        ERROR,
        "A score is a probability; NaN and Infinity aren't even JSON.",
        "Write the model's softmax or sigmoid output, 0 to 1: no logits, no per cent.",
    ),
    "scores-equal": Rule(
        NOTE,
        "mAP is an area under a curve over the scores: without an order among the boxes there is "
        "no curve.",
        "Write each detection's own score.",
    ),
    "scores-cut": Rule(
        NOTE,
        "Boxes with low scores can only raise mAP; a threshold is for the strings of pred.csv.",
        "Leave the boxes in pred.json uncut, down to 0.05 or lower.",
    ),
    "box-form": Rule(
        ERROR,
        f"{_LAYOUT}: a list of four finite numbers.",
        "Write [x, y, w, h] as plain numbers: box.tolist(), no text, no names, no score in it.",
    ),
    "corners": Rule(
        ERROR,
        f"{_LAYOUT}. Corners taken for sizes make boxes far too large, and mAP is near 0.",
        "Write [x1, y1, x2 - x1, y2 - y1].",
    ),
    "box-layout": Rule(
        ERROR,
        f"{_LAYOUT}. Boxes elsewhere match no digit, and mAP is near 0.",
        "From a centre: [cx - w / 2, cy - h / 2, w, h]. From rows and columns: x before y, width "
        "before height.",
    ),
    "box-normalised": Rule(
        ERROR,
        f"{_LAYOUT}, not fractions of it.",
        "Multiply x and width by the image's width, y and height by its height.",
    ),
    "box-frame": Rule(
        ERROR,
        f"{_LAYOUT}, not of the resized image that the model sees.",
        "Divide each box by the factors that its image was resized with (take off padding first).",
    ),
    "box-negative": Rule(
        ERROR,
        "Width and height can't be negative.",
        "Subtract the smaller corner from the larger: width = x2 - x1, height = y2 - y1.",
    ),
    "box-empty": Rule(
        WARNING,
        "A box without area overlaps nothing: each is a false alarm.",
        "Drop boxes without area; don't round small coordinates to integers.",
    ),
    "box-outside": Rule(
        WARNING,
        "There is no digit to be found outside the image. True boxes leave it by a few pixels at "
        "most.",
        "Clip boxes to the image and drop what is empty then.",
    ),
    "duplicates": Rule(
        WARNING,
        "Only one of them can match a digit, the others count as false alarms.",
        "Write each detection once: was a list written twice, or a file added to?",
    ),
    "many": Rule(
        NOTE,
        "pycocotools counts the best 100 of each digit in an image; the others only make the file "
        "larger.",
        "Suppress overlapping boxes of one digit (NMS), or keep the best 100 of an image.",
    ),
    "images-without": Rule(
        NOTE,
        "That is allowed, if nothing was found there; their digits count as missed.",
        "If they are many: was every image run, and is the score threshold low?",
    ),
}
