"""Fit a reader to labelled detections; imports neither PyTorch nor MMDetection."""
