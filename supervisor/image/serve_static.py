"""Serves the current folder on $PORT, without what starts with a dot (.git, .env)."""

import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


class Files(SimpleHTTPRequestHandler):
    def send_head(self):
        path = unquote(self.path.split("?", 1)[0].split("#", 1)[0])
        if any(part.startswith(".") for part in path.split("/")):
            self.send_error(404)
            return None
        return super().send_head()

    def end_headers(self):
        # What is edited is to be seen at the next load. With "no-cache" a browser would ask whether the
        # file is newer than what it has, by the second, and miss the second edit of one.
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def list_directory(self, path):
        self.send_error(404)


class Server(ThreadingHTTPServer):
    # Python's own 5 makes a crowd wait for repeated SYNs.
    request_queue_size = 1024


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "3000"))
    print(f"Serving on port {port}", flush=True)
    Server(("0.0.0.0", port), Files).serve_forever()
