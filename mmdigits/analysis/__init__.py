"""What runs left behind, looked at afterwards; imports neither PyTorch nor MMDetection."""
