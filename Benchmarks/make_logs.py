#!/usr/bin/env python3
"""Write synthetic logs for the redaction benchmark: make_logs.py KIND SIZE_MB OUTPUT [SECRETS]

KIND is "logs" (ordinary lines of twelve programs with 13 secrets in a megabyte, whose values go to SECRETS, one a
line) or "ordinary" (the same lines without a secret). Every run makes the same bytes.
"""

import base64
import json
import random
import string
import sys

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
rng = random.Random(20261124)


def text(alphabet, count):
    return "".join(rng.choices(alphabet, k=count))


def uuid():
    return "-".join(text(HEX, n) for n in (8, 4, 4, 4, 12))


def address():
    return ".".join(str(rng.randrange(1, 255)) for _ in range(4))


PATHS = ["/v1/items", "/api/token/refresh", "/login", "/users/me/keys", "/health", "/static/app.js", "/oauth/authorize"]
USERS = ["bob", "alice", "deploy", "www-data", "root", "postgres", "carol.smith"]
TABLES = ["users", "sessions", "tokens", "api_keys", "password_resets", "orders"]
FILES = ["auth.go", "token_store.go", "server.go", "password.py", "handler.py", "KeyManager.java"]


def line(number):
    time = "2026-11-%02dT%02d:%02d:%02d.%06dZ" % (
        1 + number // 86400 % 28, number // 3600 % 24, number // 60 % 60, number % 60, rng.randrange(10**6))
    pick = rng.randrange(12)
    user, n, path = rng.choice(USERS), rng.randrange(10**6), rng.choice(PATHS)
    if pick == 0:
        return f'{address()} - {user} [23/Nov/2026:00:00:01 +0000] "GET {path}?page={n % 90}&sort=name HTTP/1.1" 200 {n} "-" "Mozilla/5.0 (X11; Linux x86_64)"'
    if pick == 1:
        return json.dumps({"ts": time, "level": "info", "msg": "request done", "request_id": uuid(), "user": user,
                           "path": path, "ms": n % 900, "trace_id": text(HEX, 32)})
    if pick == 2:
        return f'time={time} level=warn msg="slow query" table={rng.choice(TABLES)} rows={n} key=idx_{n % 50} duration={n % 999}ms'
    if pick == 3:
        return f"Nov 23 00:00:{n % 60:02d} web-1 sshd[{n % 32768}]: Failed password for invalid user {user} from {address()} port {n % 65536} ssh2"
    if pick == 4:
        return f"E1123 00:00:01.{n:06d} {n % 99} {rng.choice(FILES)}:{n % 900}] \"Unable to authenticate the request\" err=\"token has expired\""
    if pick == 5:
        return f"{time} INFO  [main] c.e.{rng.choice(FILES)[:-3]} - refreshed token cache: keys={n % 9} tokens={n % 99} secret version={n % 7}"
    if pick == 6:
        return f"kernel: [{n}.{n % 999:06d}] audit: type=1400 apparmor=\"ALLOWED\" operation=\"open\" profile=\"snap.x\" name=\"/proc/{n % 9999}/cgroup\" pid={n % 9999}"
    if pick == 7:
        return f"{time} DEBUG pool-{n % 9}-thread-{n % 30} commit {text(HEX, 40)} index sha256:{text(HEX, 64)} size={n}"
    if pick == 8:
        return f"systemd[1]: session-{n % 999}.scope: Deactivated successfully. Consumed {n % 60}.{n % 999:03d}s CPU time."
    if pick == 9:
        return f"CRON[{n % 32768}]: pam_unix(cron:session): session opened for user {user}(uid={n % 1000}) by (uid=0)"
    if pick == 10:
        return f"at com.example.auth.TokenAuthenticationFilter.doFilter(TokenAuthenticationFilter.java:{n % 400}) ~[app-1.{n % 9}.jar!/:?]"
    return f"{time} [{n % 100}] {user}@orders LOG:  statement: SELECT id, name, password_hash FROM users WHERE id = {n} /* {uuid()} */"


def secret(number):
    password = "Zq" + text(LETTERS, 18) + "7"
    forms = [
        (lambda v: f"connecting with password={v} to db", password),
        (lambda v: json.dumps({"level": "debug", "config": {"db_password": v}}), password),
        (lambda v: f"git clone https://{v}@github.com/x/y.git", "ghp_" + text(LETTERS, 35) + "7"),
        (lambda v: f"Authorization: Bearer {v}", "eyJhbGciOiJIUzI1NiJ9.eyJ" + text(LETTERS, 80) + "." + text(LETTERS, 43)),
        (lambda v: f"export AWS_SECRET_ACCESS_KEY={v}", text(LETTERS, 38) + "7a"),
        (lambda v: f"upload failed for {v}: denied", "AKIA" + text(string.ascii_uppercase + "234567", 16)),
        (lambda v: f"DATABASE_URL=postgres://app:{v}@db:5432/orders", password),
        (lambda v: f"notify {v}", "xoxb-" + text(string.digits, 12) + "-" + text(string.digits, 12) + "-" + text(LETTERS, 24)),
        (lambda v: f"COMMAND=/usr/bin/mysql -u root -p{v} orders", password),
        (lambda v: json.dumps({"log": json.dumps({"token": v})}), "Zq7" + text(LETTERS, 37)),
        (lambda v: f"Authorization: Basic {v}", base64.b64encode(f"bob:{password}".encode()).decode()),
        (lambda v: f"stripe key {v} rejected", "sk_live_" + text(LETTERS, 24)),
        (lambda v: f"GET /cb?state=x&access_token={v} HTTP/1.1", text(HEX, 40)),
    ]
    form, value = forms[number % len(forms)]
    return form(value), value


def main():
    kind, size, output = sys.argv[1], int(float(sys.argv[2]) * 1_000_000), sys.argv[3]
    planted = []
    with open(output, "w") as out:
        done = number = 0
        following = 40_000
        while done < size:
            if kind == "logs" and done >= following:
                content, value = secret(len(planted))
                planted.append(value)
                following += 1_000_000 // 13
            else:
                content = line(number)
            number += 1
            done += out.write(content + "\n")
    if len(sys.argv) > 4:
        with open(sys.argv[4], "w") as out:
            out.writelines(value + "\n" for value in planted)


main()
