"""Work dirs as training leaves them."""

import json


def train_line(iteration, loss=1.0, epoch=None, lr=0.1, **extra):
    line = dict(lr=lr, loss=loss, loss_cls=loss / 2, iter=iteration, step=iteration, **extra)
    return line if epoch is None else dict(line, epoch=epoch)


def val_line(step, accuracy=0.5, **extra):
    return {"coco/bbox_mAP": 0.3, "digits/seq_acc": accuracy, **extra, "time": 1.0, "step": step}


def epoch_lines(epochs, length=25, interval=10, start=1, loss=1.0):
    """What MMEngine logs: every ``interval`` steps counted from each epoch's start."""
    for epoch in range(start, epochs + 1):
        for inner in range(interval, length + 1, interval):
            yield train_line((epoch - 1) * length + inner, loss, epoch)
        yield val_line(epoch, epoch / 10)


def write(folder, lines, timestamp="20260101_000000", end=""):
    target = folder / timestamp / "vis_data"
    target.mkdir(parents=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (target / "scalars.json").write_text(text + end)
    return folder
