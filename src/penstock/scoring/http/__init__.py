"""HTTP: the application, its server and protocol, answers on their way out."""
