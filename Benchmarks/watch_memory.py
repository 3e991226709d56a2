"""Watches the anonymous memory of a process, and prints its peak in MB when it is told to end.

Usage: watch_memory.py PID
"""

import signal
import sys
import time

peak = 0


def end(*_):
    print(f"{peak / 1024:.1f}", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
while True:
    try:
        with open(f"/proc/{sys.argv[1]}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    peak = max(peak, int(line.split()[1]))
    except FileNotFoundError:
        end()
    time.sleep(0.02)
