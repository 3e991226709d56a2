"""Posts COUNT generic signals, one after the other on one connection, and prints what their answers took as JSON:

    post_signals.py PORT TOKEN-FILE COUNT

Every signal is of one incident, so that it is the intake that is measured.
"""

import http.client
import json
import sys
import time


def main():
    port, token_file, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with open(token_file) as file:
        headers = {"Authorization": "Bearer " + file.read(), "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken, refused = [], 0
    for number in range(count):
        body = json.dumps({"incident_id": "intake", "title": "a storm", "status": "open", "number": number})
        start = time.perf_counter()
        connection.request("POST", "/v1/signals/generic", body, headers)
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - start) * 1000)
        refused += answer.status != 202
    taken.sort()
    at = lambda share: round(taken[min(count - 1, int(count * share))], 2)
    print(json.dumps({"signals": count, "refused": refused, "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1)}))


main()
