"""How fast detectors train and detect, side by side."""
