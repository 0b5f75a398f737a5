"""A run's files as one HTML page; imports neither PyTorch nor MMDetection."""
