"""From a body to predictions: reading, batching, the engine under guard."""
