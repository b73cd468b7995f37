"""Candidates on one split under one interface, and the leaderboard that ranks them."""
