"""What can be wrong with the files themselves, the zip and the JSON around the detections."""

from mmdigits.files.check.rule import ERROR, NOTE, WARNING, Rule

FILE_RULES = {
    "file-missing": Rule(
        ERROR,
        "A submission is both files: boxes in pred.json, numbers in pred.csv.",
        "Put the missing file beside the other one, under exactly this name.",
    ),
    "file-name": Rule(
        NOTE,
        "In submission.zip the files must be called pred.json and pred.csv, in small letters.",
        "Rename it before you pack it.",
    ),
    "file-content": Rule(
        ERROR,
        "A grader chooses the reader by the name.",
        "Check which file was copied to this name; boxes go to pred.json, numbers to pred.csv.",
    ),
    "file-empty": Rule(
        ERROR,
        "There is nothing to score; the program that wrote it may have stopped, or the disk was "
        "full.",
        "Write the file again.",
    ),
    "file-large": Rule(
        ERROR,
        "Predictions for some ten thousand images take a few dozen megabytes; this file was not "
        "read.",
        "Write only image_id, bbox, score and category_id, at most 100 boxes an image.",
    ),
    "file-binary": Rule(
        ERROR,
        "Both files must be plain text.",
        "Write pred.json with json.dump and pred.csv with csv.writer or DataFrame.to_csv.",
    ),
    "file-encoding": Rule(
        ERROR,
        "Readers expect UTF-8; all that a submission needs is in ASCII.",
        'Write the file with encoding="utf-8"; in a PowerShell, don\'t write it with ">".',
    ),
    "file-bom": Rule(
        ERROR,
        "json.load refuses a byte order mark, and some CSV readers take it for a part of the "
        "first column's name.",
        'Write the file with encoding="utf-8", not "utf-8-sig"; in Excel, don\'t save it as '
        '"CSV UTF-8".',
    ),
    "file-alone": Rule(
        NOTE,
        "The homework asks that the strings of pred.csv be made from the boxes of pred.json; with "
        "one of the two this can't be checked.",
        "Give both files, their folder, or the zip.",
    ),
    "zip-broken": Rule(
        ERROR,
        "What can't be unpacked can't be scored.",
        "Pack it again: zip submission.zip pred.json pred.csv",
    ),
    "zip-encrypted": Rule(
        ERROR,
        "A grader doesn't know the password.",
        "Pack it again without a password.",
    ),
    "zip-missing": Rule(
        ERROR,
        "A grader looks for pred.json and pred.csv at the top of the zip.",
        "Pack exactly these two: zip submission.zip pred.json pred.csv",
    ),
    "zip-name": Rule(
        ERROR,
        "A grader looks for exactly pred.json and pred.csv; capital letters count.",
        "Rename the file, then pack again: zip submission.zip pred.json pred.csv",
    ),
    "zip-folder": Rule(
        ERROR,
        "A grader looks for the files at the top of the zip, not in a folder.",
        "Pack the files, not their folder: zip -j submission.zip FOLDER/pred.json FOLDER/pred.csv",
    ),
    "zip-extra": Rule(
        ERROR,
        "The zip must hold pred.json and pred.csv, and nothing else.",
        "Pack exactly these two: zip submission.zip pred.json pred.csv",
    ),
    "zip-junk": Rule(
        WARNING,
        "The system that packed the zip added them. Most graders pass them over, but the zip "
        "should hold the two files alone.",
        "Pack on the command line: zip -X submission.zip pred.json pred.csv",
    ),
    "zip-twice": Rule(
        ERROR,
        "Which one is read depends on the program that unpacks.",
        "Make a new zip rather than adding to the old one.",
    ),
    "zip-nested": Rule(
        ERROR,
        "A grader doesn't unpack twice.",
        "Upload the inner zip, or pack the files themselves.",
    ),
    "zip-stale": Rule(
        WARNING,
        "The zip is what gets uploaded: it may be older than the files beside it.",
        "Pack again, or make sure that the zip is the one you mean.",
    ),
    "json-broken": Rule(
        ERROR,
        "A JSON reader stops there, and none of the file is scored.",
        "Write the whole list in one go with json.dump(entries, file), and close the file.",
    ),
    "json-object": Rule(
        ERROR,
        "pycocotools takes a list of detections and nothing around it.",
        "Write the list alone: [{'image_id': ..., 'bbox': [...], 'score': ..., 'category_id': "
        "...}, ...] with json.dump.",
    ),
    "json-nested": Rule(
        ERROR,
        "pycocotools takes one flat list for all images.",
        "Use entries.extend(...) for each image, not entries.append(...).",
    ),
    "json-text": Rule(
        ERROR,
        "A reader gets one piece of text instead of a list.",
        "Use json.dump(entries, file) once, not json.dump(json.dumps(entries), file).",
    ),
    "json-constant": Rule(
        WARNING,
        "JSON has no NaN and no Infinity; strict readers refuse the file.",
        "Leave the keys with such values out; only image_id, bbox, score and category_id are "
        "needed.",
    ),
    "json-key-twice": Rule(
        ERROR,
        "Which of the values counts depends on the reader; Python takes the last.",
        "Write each key once in an entry.",
    ),
    "json-empty": Rule(
        ERROR,
        "pycocotools stops with an error on an empty list, and without boxes mAP is 0.",
        "Check the score threshold, and that the program got as far as its first image.",
    ),
}
