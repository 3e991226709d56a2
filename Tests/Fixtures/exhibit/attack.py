"""Clients that mean harm, or do it. Usage: attack.py PORT KIND [NUMBER]; prints what became of each."""

import collections
import resource
import socket
import sys

PORT, KIND = int(sys.argv[1]), sys.argv[2]
NUMBER = int(sys.argv[3]) if len(sys.argv) > 3 else 1
HEAD = b"POST /v1/signals/generic HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\n"


def connect():
    return socket.create_connection(("127.0.0.1", PORT))


def answer(connection):
    """The status line, or how the connection ended."""
    data = b""
    try:
        while b"\r\n" not in data:
            part = connection.recv(4096)
            if not part:
                return data.decode() or "closed"
            data += part
    except ConnectionResetError:
        return "reset"
    return data.split(b"\r\n")[0].decode()


def until_closed(connection):
    """Reads until the agent ends the connection; what it said first."""
    first = answer(connection)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return first


def silent():
    return connect()


def slow_header():
    connection = connect()
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
    return connection


def slow_body():
    connection = connect()
    connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
    return connection


def slow_tls():
    connection = connect()
    connection.sendall(b"\x16\x03\x01\x02\x00\x01")
    return connection


def many_headers():
    connection = connect()
    try:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(100_000)) + b"\r\n")
    except (ConnectionResetError, BrokenPipeError):
        pass
    return connection


def endless_header():
    connection = connect()
    try:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        for _ in range(1000):
            connection.sendall(b"y" * 65536)
    except (ConnectionResetError, BrokenPipeError):
        pass
    return connection


def endless_path():
    connection = connect()
    try:
        connection.sendall(b"GET /" + b"a" * 10_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    except (ConnectionResetError, BrokenPipeError):
        pass
    return connection


def no_http():
    connection = connect()
    connection.sendall(bytes(range(256)) * 16)
    return connection


if KIND == "idle":
    # Many that say nothing, then one that asks.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, NUMBER + 100), hard))
    held = [connect() for _ in range(NUMBER)]
    honest = connect()
    honest.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    print("honest", answer(honest))
else:
    started = [globals()[KIND]() for _ in range(NUMBER)]
    honest = connect()
    honest.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    print("honest", answer(honest))
    for what, count in collections.Counter(until_closed(connection) for connection in started).items():
        print(count, what)
