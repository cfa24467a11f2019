"""A small HTTP server that speaks the chat-completions protocol."""

import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, str]


@contextmanager
def served(answer: Callable[[dict], Answer]):
    """The URL of a server that answers every body with a status and a text."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/chat/completions"
            status, text = answer(body)
            reply = completion(body["model"], text) if status == 200 else {"error": {"message": text}}
            data = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def completion(model: str, text: str) -> dict:
    """What the protocol answers."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}


def text_of(body: dict) -> str:
    """All words of a request."""
    parts = body["messages"][-1]["content"]
    return "\n".join(part["text"] for part in parts if part["type"] == "text")


def pictures_of(body: dict) -> int:
    """How many pictures a request holds."""
    return sum(part["type"] == "image_url" for part in body["messages"][-1]["content"])
