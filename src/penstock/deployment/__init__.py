"""Deployment: a plan is data that can be shown before it runs; the executor runs it."""
