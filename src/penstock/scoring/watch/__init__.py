"""What watches requests go by: metrics, logs, traces, capture."""
