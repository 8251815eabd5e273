//! What runs in the sandbox behind the proxies, in the language that the image has.

/// On port 4000: echoes a WebSocket's bytes, shows a request's head, counts a body, and sends a stream
/// whose first piece comes long before its end.
pub(crate) const PROGRAM: &str = r#"
import socket, threading, time
def head(peer):
    text = b''
    while b'\r\n\r\n' not in text:
        more = peer.recv(65536)
        if not more: return None, b''
        text += more
    first, rest = text.split(b'\r\n\r\n', 1)
    return first, rest
def count(peer, first, rest):
    sizes = [l for l in first.lower().split(b'\r\n') if l.startswith(b'content-length:')]
    if sizes:
        left = int(sizes[0].split(b':')[1]) - len(rest)
        total = len(rest)
        while left > 0:
            more = peer.recv(1 << 20)
            if not more: break
            left -= len(more); total += len(more)
        return total
    total, data = 0, rest
    while True:
        while b'\r\n' not in data: data += peer.recv(1 << 20)
        size, data = data.split(b'\r\n', 1)
        size = int(size, 16)
        while len(data) < size + 2: data += peer.recv(1 << 20)
        data = data[size + 2:]
        if size == 0: return total
        total += size
def answer(peer, body):
    peer.sendall(b'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n' % len(body) + body)
def serve(peer):
    first, rest = head(peer)
    if first is None: return
    path = first.split(b' ')[1]
    if path == b'/socket':
        peer.sendall(b'HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
        while data := peer.recv(65536): peer.sendall(data)
    elif path == b'/stream':
        peer.sendall(b'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\nd\r\ndata: first\n\n\r\n')
        time.sleep(30)
    elif path == b'/count': answer(peer, b'%d' % count(peer, first, rest))
    else: answer(peer, first.lower())
    peer.close()
server = socket.create_server(('0.0.0.0', 4000), backlog=64)
while True:
    peer, _ = server.accept()
    threading.Thread(target=serve, args=(peer,), daemon=True).start()
"#;
