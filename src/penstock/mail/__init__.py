"""Mail: reading it, cutting replies out of threads, telling what no person wrote."""
