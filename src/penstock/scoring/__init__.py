"""The scoring container: contract, batcher, server. ``python -m penstock.scoring`` runs it."""
