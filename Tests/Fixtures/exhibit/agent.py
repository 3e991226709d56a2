#!/usr/bin/env python3
"""Answers like the agent, for tests of the command line; misbehaves on demand.

Prints one line when it listens: the socket's path, or the port. Then logs one line a request to --log.
"""
import argparse, hashlib, http.server, json, os, re, socket, socketserver, threading, time

options = argparse.ArgumentParser()
options.add_argument("--socket")
options.add_argument("--bundle", help="file that is the content of the one bundle")
options.add_argument("--name", default="INC-1--web-1--001-manual.tar.gz")
options.add_argument("--token", help="answer 401 without it, 403 to POST")
options.add_argument("--cut", type=int, help="close the connection after so many bytes of content")
options.add_argument("--cuts", type=int, default=1000000, help="how often to do that")
options.add_argument("--wrong-digest", action="store_true")
options.add_argument("--ignore-range", action="store_true")
options.add_argument("--fail", help="a capture fails with this error")
options.add_argument("--status", type=int, help="answer everything with it, without a problem document")
options.add_argument("--events", action="store_true", help="tell of the capture by server-sent events")
options.add_argument("--stuck", help="with --events: the capture stays queued, after this error")
options.add_argument("--log", default=os.devnull)
options = options.parse_args()

content = open(options.bundle, "rb").read() if options.bundle else b""
digest = hashlib.sha256(content).hexdigest()
if options.wrong_digest:
    digest = digest[::-1]
BUNDLE = {
    "id": "01KB3Z00000000000000000001", "name": options.name, "bytes": len(content), "sha256": digest,
    "incident_id": "INC-1", "created_at": "2026-11-24T03:50:00.000000000Z", "completeness": 0.75, "gaps": 1,
    "redactions": 12,
}
polls = 0
cuts = 0
log = open(options.log, "a", buffering=1)


def capture():
    """The capture moves on with every look at it."""
    state = "queued" if options.stuck or polls < 2 else "running" if polls < 4 else "failed" if options.fail else "done"
    return {
        "id": "C-1", "phase": "manual", "sequence": 1, "state": state,
        "requested_at": "2026-11-24T03:49:40.000000000Z", "finished_at": None, "attempts": 1,
        "error": options.stuck or (options.fail if state == "failed" else None),
        "progress": "journal: 12 MiB" if state == "running" else None,
        "bundle": BUNDLE if state == "done" else None,
    }


def incident(number=1):
    return {
        "id": f"INC-{number}", "key": f"key-{number}", "source": "generic", "title": f"checkout \x1b[31mdown {number}",
        "severity": "critical", "state": "open", "opened_at": "2026-11-24T03:49:34.000000000Z",
        "updated_at": "2026-11-24T03:49:34.000000000Z", "labels": {"team": "shop"},
        "links": [{"label": "runbook", "url": "https://wiki.example/checkout"}], "captures": [capture()],
        "added_later": True,
    }


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, value, media="application/json"):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def problem(self, status, detail, **more):
        problem = {"type": "about:blank", "title": "No", "status": status, "detail": detail, **more}
        self.answer(status, problem, "application/problem+json")

    def refused(self):
        log.write(f"{self.command} {self.path} range={self.headers.get('Range')}\n")
        if options.status:
            self.answer(options.status, b"<html>", "text/html")
        elif options.token and self.headers.get("Authorization") != "Bearer " + options.token:
            self.problem(401, "no token")
        elif options.token and self.command == "POST":
            self.problem(403, "the role capture is missing")
        else:
            return False
        return True

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        log.write(json.dumps(body, sort_keys=True) + "\n")
        if self.refused():
            return
        if match := re.fullmatch(r"/v1/incidents/([^/]+)/captures", self.path):
            if body.get("severity") == "bad":
                self.problem(422, "not a severity", field="severity")
            else:
                self.answer(202, {"incident_id": match[1], "capture_id": "C-1"})
        elif self.path == "/v1/deploys/generic":
            self.answer(202, {"deploy_id": "D-1", "duplicate": False})
        else:
            self.problem(404, "no such resource")

    def do_GET(self):
        global polls
        if self.refused():
            return
        path, _, query = self.path.partition("?")
        if path == "/v1/incidents":
            self.page(dict(item.split("=") for item in query.split("&")))
        elif path == "/v1/incidents/INC-1":
            polls += 1
            self.answer(200, incident())
        elif path == "/v1/captures/C-1/events" and options.events:
            self.events()
        elif path == "/v1/incidents/INC-1/timeline":
            event = {"message": "incident INC-1 opened", "datetime": "2026-11-24T03:49:34Z", "kind": "incident.opened",
                     "source": "generic"}
            later = {**event, "kind": "from.the.future"}
            self.answer(200, (json.dumps(event) + "\n" + json.dumps(later) + "\n").encode(), "application/jsonl")
        elif path == f"/v1/bundles/{BUNDLE['id']}":
            self.answer(200, BUNDLE)
        elif path == f"/v1/bundles/{BUNDLE['id']}/content":
            self.content()
        else:
            self.problem(404, "no incident " + path.split("/")[-1])

    def events(self):
        """One event a state, until the capture is over."""
        global polls
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        while options.stuck:
            try:
                self.wfile.write(b": still queued\n\n")
                self.wfile.flush()
            except OSError:
                break
            time.sleep(0.05)
        while polls < 5:
            polls += 1
            state = {**capture(), "steps_done": polls, "steps_total": 5}
            self.wfile.write(f"event: progress\ndata: {json.dumps(state)}\n\n: still\n\n".encode())
        self.close_connection = True

    def page(self, query):
        """250 incidents, as many a page as asked for but at most 100."""
        first = int(query.get("cursor", "1"))
        last = min(251, first + min(100, int(query["limit"])))
        following = None if last > 250 else str(last)
        self.answer(200, {"incidents": [incident(number) for number in range(first, last)], "next": following})

    def content(self):
        global cuts
        start = 0
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match and not options.ignore_range and self.headers.get("If-Range") == f'"{digest}"':
            start = int(match[1])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{digest}"')
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        end = len(content)
        if options.cut is not None and cuts < options.cuts:
            cuts += 1
            end = min(end, start + options.cut)
        self.wfile.write(content[start:end])
        if end < len(content):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        request, _ = super().get_request()
        return request, ("unix", 0)


def end_with_parent():
    """A test that crashes must not leave servers behind."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
if options.socket:
    server = UnixServer(options.socket, Handler)
    print(options.socket, flush=True)
else:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
server.serve_forever()
