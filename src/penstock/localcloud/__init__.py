"""A SageMaker-compatible host on this machine: one process, one port, real model processes."""
