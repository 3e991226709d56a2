"""A load of signals, on many connections in one thread. Prints JSON.

    signals.py post PORT TOKEN-FILE COUNT CONNECTIONS same|distinct [A-SECOND]
        Posts COUNT alerts as Alertmanager sends them, all of one group or each of its own; as fast as they are answered,
        or at a rate. Times are from when a signal was due, so that waiting counts.
    signals.py idle PORT COUNT
        Opens COUNT connections, asks one question on each, says "open", and keeps them until its input ends.
"""

import collections
import json
import selectors
import socket
import sys
import time
import uuid


def alert(group):
    body = json.dumps({
        "version": "4", "groupKey": group, "status": "firing", "receiver": "exhibit", "groupLabels": {},
        "commonLabels": {"alertname": "Load", "severity": "page", "service": "checkout"},
        "commonAnnotations": {"summary": "checkout answers nothing"}, "externalURL": "http://alertmanager.example",
        "alerts": [{"status": "firing", "labels": {"alertname": "Load", "severity": "page", "service": "checkout"},
                    "annotations": {}, "startsAt": "2026-11-24T03:49:34Z", "endsAt": "0001-01-01T00:00:00Z",
                    "generatorURL": "http://prometheus.example/graph", "fingerprint": "c0ffee"}]}).encode()
    return body


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Load:
    def __init__(self, port, token, count, connections, distinct, rate):
        self.head = (f"POST /v1/signals/alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                     "Content-Type: application/json\r\nContent-Length: ").encode()
        self.run = uuid.uuid4().hex
        self.same = alert(self.run)
        self.count, self.distinct, self.rate = count, distinct, rate
        self.sent, self.taken, self.refused = 0, [], 0
        self.selector = selectors.DefaultSelector()
        # In turn, for one that asks nothing is closed after a while.
        self.idle = collections.deque(connect(port) for _ in range(connections))
        self.due = {}
        for connection in self.idle:
            self.selector.register(connection, selectors.EVENT_READ)

    def send(self, due):
        connection = self.idle.popleft()
        body = alert(f"{self.run}-{self.sent}") if self.distinct else self.same
        self.sent += 1
        self.due[connection] = due
        connection.sendall(self.head + str(len(body)).encode() + b"\r\n\r\n" + body)

    def receive(self, wait):
        for key, _ in self.selector.select(wait):
            answer = key.fileobj.recv(65536)
            # Answers are short: one packet each on loopback.
            if not answer.startswith(b"HTTP/1.1 ") or b"\r\n\r\n" not in answer:
                sys.exit("signals.py: the connection was closed, or an answer came in pieces")
            self.taken.append((time.perf_counter() - self.due.pop(key.fileobj)) * 1000)
            self.refused += not answer.startswith(b"HTTP/1.1 202")
            self.idle.append(key.fileobj)

    def work(self):
        start = time.perf_counter()
        while len(self.taken) < self.count:
            now = time.perf_counter()
            next_due = start + self.sent / self.rate if self.rate else now
            while self.idle and self.sent < self.count and next_due <= now:
                self.send(next_due if self.rate else time.perf_counter())
                next_due = start + self.sent / self.rate if self.rate else now
            paced = self.rate and self.idle and self.sent < self.count
            self.receive(max(0, next_due - time.perf_counter()) if paced else None)
        return time.perf_counter() - start


def post(port, token_file, count, connections, which, rate=0):
    with open(token_file) as file:
        load = Load(int(port), file.read(), int(count), int(connections), which == "distinct", float(rate))
    seconds = load.work()
    taken = sorted(load.taken)
    at = lambda share: round(taken[min(len(taken) - 1, int(len(taken) * share))], 2)
    print(json.dumps({
        "signals": len(taken), "refused": load.refused, "per_second": round(len(taken) / seconds),
        "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1)}))


def idle(port, count):
    connections = [connect(int(port)) for _ in range(int(count))]
    for connection in connections:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    for connection in connections:
        if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
            sys.exit("signals.py: a connection was not served")
    print("open", flush=True)
    sys.stdin.read()


{"post": post, "idle": idle}[sys.argv[1]](*sys.argv[2:])
