"""References, manifests and the store: publish and consume immutable sets of files."""
