"""The ten digits and their colours."""

DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

# One colour a digit, RGB; consecutive digits differ in hue so that neighbours are told apart.
PALETTE = (
    (230, 25, 75),
    (60, 180, 75),
    (255, 225, 25),
    (0, 130, 200),
    (245, 130, 48),
    (145, 30, 180),
    (70, 240, 240),
    (240, 50, 230),
    (210, 245, 60),
    (250, 190, 212),
)
