"""Digit-string recognition with MMDetection: find every digit, name it, read the number."""

__version__ = "0.1.0"
