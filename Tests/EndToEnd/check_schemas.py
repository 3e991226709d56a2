"""Validates the JSON files of an unpacked bundle by the published schemas: check_schemas.py BAG SCHEMA-FOLDER"""

import json
import pathlib
import sys

import jsonschema

SCHEMAS = {
    "evidence.json": "evidence",
    "incident.json": "incident",
    "redaction.json": "redaction",
    "timeline.jsonl": "timeline-event",
    "ranked-changes.jsonl": "ranked-change",
    "config/changes.jsonl": "config-change",
    "deploys/packages.jsonl": "package-transaction",
    "deploys/observed.jsonl": "observed-change",
}

bag, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
problems = 0
for path, name in SCHEMAS.items():
    schema = json.loads((folder / f"{name}.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    text = (bag / "data" / path).read_text()
    documents = text.splitlines() if path.endswith(".jsonl") else [text]
    for number, document in enumerate(documents, 1):
        for error in validator.iter_errors(json.loads(document)):
            problems += 1
            print(f"{path}:{number}: {error.json_path}: {error.message[:200]}")
sys.exit(problems > 0)
