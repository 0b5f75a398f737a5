"""Visualizers, registered into MMDetection's VISUALIZERS on import."""

from mmdigits.visualization.digit_visualizer import DigitVisualizer

__all__ = ["DigitVisualizer"]
