"""The parent that listens, and what it shares with its worker."""
