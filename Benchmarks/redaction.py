#!/usr/bin/env python3
"""The measurements of redaction.sh: redaction.py BINARY PEERS WORK

CPU seconds are of the process and its children, by wait4(2); memory is the resident maximum beyond that of a run on
an empty input.
"""

import json
import os
import subprocess
import sys
import time

BINARY, PEERS, WORK = sys.argv[1:4]
MEGABYTE = 1_000_000
# What brought other redactors to a halt, 2 MB of each.
HOSTILE = [
    "password=", "QUJDRA", "eyJ", "eyJ.", "-----BEGIN ", "-", '"', "\\", " ", "\0", "deadbeef", "a:b@", "a=b ",
    "x=1&", "long_name_", "://", "data:", "@@ -1 ", "AKIA", "Cookie: a=", "curl -u ", "'", "secret_", "token=",
    'token="', "<password>", "Authorization: ", "@tcp(", "-us1", "MTIz", "password: |\n", "password:\n", "key ",
]


def run(command, source=os.devnull, output=os.devnull, limit=600):
    """Returns CPU seconds, peak KiB and exit code, or None after `limit` seconds."""
    with open(source, "rb") as inp, open(output, "wb") as out:
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=inp, stdout=out, stderr=subprocess.DEVNULL, cwd=WORK)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                child.returncode = os.waitstatus_to_exitcode(status)
                return usage.ru_utime + usage.ru_stime, usage.ru_maxrss, child.returncode
            if time.monotonic() - start > limit:
                child.kill()
                os.wait4(child.pid, 0)
                return None
            time.sleep(0.005)


def best(command, source, count=3):
    runs = [run(command, source) for _ in range(count)]
    return min(r[0] for r in runs), max(r[1] for r in runs)


def left(path, secrets):
    with open(path, "rb") as file:
        text = file.read()
    return sum(secret in text for secret in secrets)


def changed_lines(before, after):
    changed = lines = 0
    with open(before, "rb") as left_file, open(after, "rb") as right_file:
        for old, new in zip(left_file, right_file):
            changed += old != new
            lines += 1
    return changed, lines


def peer(name, command, report, secrets, megabytes):
    if not os.access(f"{PEERS}/{name}", os.X_OK):
        return None
    path = f"{WORK}/peer"
    os.makedirs(path, exist_ok=True)
    # A child begins with the memory of this process: it must stay small until the child has run.
    subprocess.run(["head", "-c", str(int(megabytes * MEGABYTE)), f"{WORK}/logs.txt"], stdout=open(f"{path}/app.log", "wb"), check=True)
    idle_path = f"{WORK}/idle"
    os.makedirs(idle_path, exist_ok=True)
    open(f"{idle_path}/app.log", "w").close()
    idle = run([w.replace(path, idle_path) for w in command(path, f"{WORK}/idle.report")], limit=300)
    result = run(command(path, report), output=f"{report}.out", limit=900)
    if result is None or idle is None:
        return {"mb_per_s": 0, "recall": None, "seconds": "over 900"}
    with open(f"{path}/app.log", "rb") as file:
        text = file.read()
    planted = [secret for secret in secrets if secret in text]
    found = b""
    for file in (report, f"{report}.json", f"{report}.out"):
        if os.path.exists(file):
            with open(file, "rb") as inp:
                found += inp.read()
    # What its start costs is left out. detect-secrets reports hashes of secrets, and no text.
    seconds = max(result[0] - idle[0], 0.001)
    recall = sum(secret in found for secret in planted) / max(1, len(planted))
    if name == "detect-secrets":
        import hashlib

        recall = sum(hashlib.sha1(s).hexdigest().encode() in found for s in planted) / max(1, len(planted))
    return {"mb_per_s": round(len(text) / MEGABYTE / seconds, 2), "recall": round(recall, 4),
            "peak_mib": result[1] // 1024}


def main():
    with open(f"{WORK}/planted.txt", "rb") as file:
        secrets = file.read().split()
    size = os.path.getsize(f"{WORK}/logs.txt")
    redact = [BINARY, "redact"]
    idle = best(redact, os.devnull)
    seconds, peak = best(redact, f"{WORK}/logs.txt")
    run(redact, f"{WORK}/logs.txt", f"{WORK}/redacted.txt")
    run(redact, f"{WORK}/ordinary.txt", f"{WORK}/kept.txt")
    false_lines, lines = changed_lines(f"{WORK}/ordinary.txt", f"{WORK}/kept.txt")
    slowest = ("", 0.0)
    for unit in HOSTILE:
        with open(f"{WORK}/hostile", "wb") as file:
            file.write((unit * (2 * MEGABYTE // len(unit))).encode())
        cost = best(redact, f"{WORK}/hostile")[0] - idle[0]
        if cost > slowest[1]:
            slowest = (unit, cost)
    ours = {
        "mb_per_s": round(size / MEGABYTE / max(0.001, seconds - idle[0]), 1),
        "recall": 0,
        "extra_mib": round((peak - idle[1]) / 1024, 1), "peak_mib": peak // 1024,
        "false_lines_per_million": round(false_lines / lines * 1_000_000, 1),
        "slowest_hostile_ms": round(slowest[1] * 1000), "slowest_hostile": slowest[0],
    }
    peers = {
        "betterleaks": peer(
            "betterleaks", lambda path, out: [f"{PEERS}/betterleaks", path, "--no-banner", "--exit-code=0", "-o", f"{out}.json"],
            f"{WORK}/betterleaks", secrets, min(size / MEGABYTE, 50)),
        "kingfisher": peer(
            "kingfisher", lambda path, out: [f"{PEERS}/kingfisher", "scan", path, "--no-validate", "--no-update-check",
                                             "--format", "json", "--output", out],
            f"{WORK}/kingfisher", secrets, min(size / MEGABYTE, 20)),
        "detect-secrets": peer(
            "detect-secrets", lambda path, out: [f"{PEERS}/detect-secrets", "scan", f"{path}/app.log"],
            f"{WORK}/detect-secrets", secrets, 0.5),
    }
    ours["recall"] = round(1 - left(f"{WORK}/redacted.txt", secrets) / len(secrets), 4)
    ours["times_betterleaks"] = round(ours["mb_per_s"] / peers["betterleaks"]["mb_per_s"], 1) if peers["betterleaks"] else None
    print(f"\n{'':16}{'MB/s a core':>12}{'recall':>9}{'peak MiB':>10}")
    for name, figures in {"exhibit": ours, **peers}.items():
        if figures is None:
            print(f"{name:16}{'not here':>12}")
        else:
            recall = "-" if figures["recall"] is None else f"{figures['recall']:.1%}"
            print(f"{name:16}{figures['mb_per_s']:>12}{recall:>9}{figures.get('peak_mib', '-'):>10}")
    print(f"\nexhibit: {ours['false_lines_per_million']} false lines in a million, {ours['extra_mib']} MiB beyond an empty run, "
          f"slowest hostile 2 MB {ours['slowest_hostile_ms']} ms ({ours['slowest_hostile']!r})\n")
    print(json.dumps({"exhibit": ours, **peers}))


main()
