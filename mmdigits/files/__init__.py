"""The files of the homework, read, checked and written; imports neither PyTorch nor MMDetection."""
