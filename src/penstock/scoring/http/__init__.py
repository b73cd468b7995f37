"""HTTP: the ASGI application, its server and protocol, responses and errors."""
