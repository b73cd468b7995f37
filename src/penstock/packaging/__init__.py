"""Wheels, lock, proof of an offline install, and the model archive."""
