"""A `transformers serve` of its own for a test."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 120
# the nano model reads its prompt as it is
TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


def change(file: Path, **fields) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def transformers_serve(log: Path, *model):
    """Yields the base URL of a server: of one model, or of whatever folder a request names."""
    port = free_port()
    command = [Path(sys.executable).parent / "transformers", "serve", *model, "--host", "127.0.0.1"]
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "--port", str(port), "--device", "cpu"], stdout=out, stderr=out, env={**os.environ}
        )
    try:
        wait_for(server, port, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(server, port, log):
    for _ in range(START_SECONDS * 4):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(log.read_text())
