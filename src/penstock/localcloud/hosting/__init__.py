"""Endpoints at work: fleets of real model processes, and invoking them."""
