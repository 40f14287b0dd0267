#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""websocket.py CA HOST [STOP] -- talks to wss://HOST/ws at 127.0.0.1:443

Says something and hears it again, once, or ten times a second until the file STOP is there; then
"N heard by WHO". Whatever is lost ends it with an error.
"""
import base64
import hashlib
import os
import socket
import ssl
import struct
import sys
import time

ca, host = sys.argv[1:3]
stop = sys.argv[3] if len(sys.argv) > 3 else None
context = ssl.create_default_context(cafile=ca)
context.set_alpn_protocols(["http/1.1"])
s = context.wrap_socket(socket.create_connection(("127.0.0.1", 443), 20), server_hostname=host)
s.settimeout(20)
f = s.makefile("rwb")
key = base64.b64encode(os.urandom(16)).decode()
f.write(
    (
        "GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % (host, key)
    ).encode()
)
f.flush()
status = f.readline().decode()
if " 101 " not in status:
    sys.exit(status + f.read(500).decode())
headers = {}
while (line := f.readline().strip()) != b"":
    name, _, value = line.decode().partition(":")
    headers[name.lower()] = value.strip()
want = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
if headers.get("sec-websocket-accept") != base64.b64encode(want).decode():
    sys.exit("no right Sec-WebSocket-Accept: %s" % headers)
n, who = 0, set()
while True:
    text = b"message %d" % n
    mask = os.urandom(4)
    f.write(struct.pack("BB", 0x81, 0x80 | len(text)) + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(text)))
    f.flush()
    head = f.read(2)
    if len(head) < 2:
        sys.exit("closed after %d messages" % n)
    heard = f.read(head[1])
    if not heard.startswith(text + b" served by "):
        sys.exit("heard %r" % heard)
    who.add(heard.rsplit(b" ", 1)[1].decode())
    n += 1
    if stop is None or os.path.exists(stop):
        break
    time.sleep(0.1)
print("%s heard by %s" % (n if stop is None else "all", " ".join(sorted(who))))
