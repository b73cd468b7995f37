"""What `benchmarks/serving.py` measures, and with what."""
