"""The host as a process: its start and stop, its port, moto beside it."""
