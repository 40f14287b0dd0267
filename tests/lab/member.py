#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""member.py PORT [TLS-PORT PEM] -- a member of every pool: PORT of all addresses of this machine

Any path is answered with "served by ADDRESS", the address that was asked. And:

    /headers        the request's headers, "name: value" a line
    /slow/MS        answers after MS milliseconds
    /drip/N         N parts of 1,000 bytes, one every 50 ms
    /redirect/TEXT  302 to TEXT, byte for byte
    /length         how many bytes of a body came
    /status/CODE    answers CODE
    /health         as the file health-ADDRESS says: a status and a text; "200 fine" without it
    /ws             a WebSocket that sends back what it gets
"""
import base64
import hashlib
import socketserver
import ssl
import struct
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Member(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def me(self):
        return "served by %s\n" % self.connection.getsockname()[0]

    def say(self, text, code=200, headers=()):
        data = text.encode()
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        total = 0
        left = int(self.headers.get("Content-Length", 0))
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            while True:
                size = int(self.rfile.readline().strip() or b"0", 16)
                total += len(self.rfile.read(size))
                self.rfile.readline()
                if size == 0:
                    return total
        while left > 0:
            part = self.rfile.read(min(left, 65536))
            if not part:
                break
            left -= len(part)
            total += len(part)
        return total

    def do_GET(self):
        length = self.body()
        kind, _, rest = self.path[1:].partition("/")
        if kind == "headers":
            self.say("".join("%s: %s\n" % (k.lower(), v) for k, v in self.headers.items()))
        elif kind == "slow":
            time.sleep(int(rest) / 1000)
            self.say(self.me())
        elif kind == "drip":
            self.drip(int(rest))
        elif kind == "redirect":
            self.say("", 302, [("Location", urllib.parse.unquote(rest))])
        elif kind == "length":
            self.say("%d\n" % length)
        elif kind == "status":
            self.say(self.me(), int(rest))
        elif kind == "health":
            self.health()
        elif kind == "ws":
            self.websocket()
        else:
            self.say(self.me())

    do_POST = do_PUT = do_GET

    def health(self):
        try:
            with open("health-" + self.connection.getsockname()[0]) as f:
                code, _, text = f.read().strip().partition(" ")
        except FileNotFoundError:
            code, text = "200", "fine"
        self.say(text + "\n", int(code))

    def drip(self, parts):
        self.send_response(200)
        self.send_header("Content-Length", str(parts * 1000))
        self.end_headers()
        for _ in range(parts):
            self.wfile.write(b"x" * 1000)
            self.wfile.flush()
            time.sleep(0.05)

    def websocket(self):
        key = self.headers.get("Sec-WebSocket-Key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        self.close_connection = True
        while True:
            head = self.rfile.read(6)
            if len(head) < 6 or head[0] & 0x0F == 8:
                return
            size, mask = head[1] & 0x7F, head[2:]
            text = bytes(c ^ mask[i % 4] for i, c in enumerate(self.rfile.read(size)))
            text = text + b" " + self.me().strip().encode()
            self.wfile.write(struct.pack("BB", 0x81, len(text)) + text)


class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # without a look at a name server
        self.server_name, self.server_port = "member", self.server_address[1]


if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    tls = Server(("", int(sys.argv[2])), Member)
    tls.socket = context.wrap_socket(tls.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=tls.serve_forever, daemon=True).start()
Server(("", int(sys.argv[1])), Member).serve_forever()
