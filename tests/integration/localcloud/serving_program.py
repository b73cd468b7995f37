"""A small real HTTP server that stands where the scoring container will: stdlib only.

The model directory holds ``behaviour.json``; its keys say how to misbehave.
"""

import http.server
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

MODEL = Path(os.environ["PENSTOCK_MODEL_DIR"])
BEHAVIOUR = json.loads((MODEL / "behaviour.json").read_text())
READY = time.monotonic() + BEHAVIOUR.get("loads", 0)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        loading = time.monotonic() < READY
        self.answer(503 if loading else BEHAVIOUR.get("ping", 200), {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"die":
            os._exit(9)
        if body == b"die once" and not (MODEL / "died").exists():
            (MODEL / "died").touch()
            os._exit(9)
        if body == b"reject":
            return self.answer(422, {"error": {"code": "invalid_data"}})
        time.sleep(BEHAVIOUR.get("seconds", 0))
        names = ("Content-Type", "Accept", "X-Amzn-SageMaker-Inference-Id")
        seen = {name: self.headers.get(name) for name in names}
        content = {"version": BEHAVIOUR["version"], "pid": os.getpid(), "size": len(body)}
        return self.answer(200, {**content, "headers": seen, "environment": dict(os.environ)})

    def answer(self, status, content):
        payload = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        attributes = self.headers.get("X-Amzn-SageMaker-Custom-Attributes")
        if attributes:
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", f"echo {attributes}")
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128


def main():
    if "dies" in BEHAVIOUR:
        sys.exit(BEHAVIOUR["dies"])
    server = Server(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler)
    stop = threading.Thread(target=server.shutdown)
    signal.signal(signal.SIGTERM, lambda *_: stop.start())
    server.serve_forever(poll_interval=0.02)
    server.server_close()


main()
