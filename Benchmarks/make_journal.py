"""Writes N journal entries, spread over the last 50 minutes, as Journal Export Format to stdout:

    make_journal.py N | /lib/systemd/systemd-journal-remote --split-mode=none -o out.journal -

About 1 KiB an entry as JSON: what a service under systemd has as fields, and lines of seven kinds as servers log
them. One in a hundred holds a secret. The same N gives the same entries, but for their times.
"""

import random
import sys
import time

SERVICES = ["nginx", "checkout", "stock", "payments", "postgres", "redis", "search", "mailer"]
LEVELS = "6666666543"
WORDS = "order cart user session invoice payment stock cache pool worker queue shard replica token".split()


def digits(pick, length, alphabet="0123456789abcdef"):
    return "".join(pick.choices(alphabet, k=length))


def message(pick):
    kind = pick.randrange(100)
    word, number = pick.choice(WORDS), pick.randrange(1_000_000)
    if kind == 0:
        return f"connecting with password={digits(pick, 24)} to {word}-{number}"
    if kind < 35:
        return (
            f'10.{number % 200}.7.{number % 250} - - "GET /api/v1/{word}s/{number} HTTP/1.1" '
            f'{pick.choice((200, 200, 200, 304, 404, 502))} {number} "-" "okhttp/4.12.0" rt={pick.random():.3f}'
        )
    if kind < 60:
        return (
            f'{{"level":"info","msg":"{word} handled","trace_id":"{digits(pick, 32)}","tenant":"t-{number % 500}",'
            f'"latency_ms":{pick.random() * 900:.3f},"attempt":{number % 5}}}'
        )
    if kind < 75:
        return f'level=info ts=2026-01-01T00:00:00Z caller={word}.go:{number % 900} msg="{word} done" id={number}'
    if kind < 90:
        return "health check ok"
    if kind < 97:
        return f"worker {number % 64}: {word} {number} committed in {pick.random():.4f} s"
    frames = "\n".join(f"\tat com.example.{pick.choice(WORDS)}.Handler.run(Handler.java:{n})" for n in range(12))
    return f"java.lang.IllegalStateException: {word} {number}\n{frames}"


def field(name, value):
    raw = value.encode()
    if b"\n" in raw:
        return name + b"\n" + len(raw).to_bytes(8, "little") + raw + b"\n"
    return name + b"=" + raw + b"\n"


def main():
    count = int(sys.argv[1])
    pick = random.Random(1)
    end = int(time.time() * 1_000_000)
    step = 50 * 60 * 1_000_000 // count
    boot, machine = digits(pick, 32), digits(pick, 32)
    fixed = {
        name: "".join(
            f"{key}={value}\n"
            for key, value in {
                "_BOOT_ID": boot, "_MACHINE_ID": machine, "_HOSTNAME": "web-1", "_TRANSPORT": "stdout",
                "_UID": 998, "_GID": 998, "_PID": 1000 + index, "_COMM": name, "_EXE": f"/usr/bin/{name}",
                "_CMDLINE": f"/usr/bin/{name} --config /etc/{name}/{name}.conf", "_CAP_EFFECTIVE": 0,
                "_SELINUX_CONTEXT": "unconfined", "_SYSTEMD_CGROUP": f"/system.slice/{name}.service",
                "_SYSTEMD_UNIT": f"{name}.service", "_SYSTEMD_SLICE": "system.slice", "SYSLOG_FACILITY": 3,
                "_SYSTEMD_INVOCATION_ID": digits(pick, 32), "_STREAM_ID": digits(pick, 32),
                "SYSLOG_IDENTIFIER": name,
            }.items()
        ).encode()
        for index, name in enumerate(SERVICES)
    }
    out = sys.stdout.buffer
    for index in range(count):
        stamp = end - (count - index) * step
        head = f"__REALTIME_TIMESTAMP={stamp}\n__MONOTONIC_TIMESTAMP={index * step + 1}\n".encode()
        out.write(head + fixed[pick.choice(SERVICES)] + b"PRIORITY=" + pick.choice(LEVELS).encode() + b"\n")
        out.write(field(b"MESSAGE", message(pick)) + b"\n")


main()
