"""What an applicant tracking system does with Assay, with the standard library alone.

    export ASSAY=https://assay.example.com ASSAY_CLIENT_ID=… ASSAY_CLIENT_SECRET=…
    python3 ats.py push c-1042 "Theo Marchetti" theo@example.org ROLE_ID
    python3 ats.py wait APPLICATION_ID                waits for the decision, by reading events
    python3 ats.py receive APPLICATION_ID 9000 WHSEC  waits for it, being called by a webhook
    python3 ats.py mirror scorecards.db               scorecards into SQLite, again and again
"""

import json
import os
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from assay import Assay, Problem, verify

SOURCE = "ats"  # a name of your choice: under it your ids are known


def push(assay, external_id, name, email, role_id):
    """Candidate and application by your id; sent again, nothing is made twice."""
    candidate = assay.call(
        "PUT", f"/v1/candidates/by_external_id/{SOURCE}/{external_id}", {"name": name, "email": email}
    )
    application = assay.call(
        "PUT",
        f"/v1/applications/by_external_id/{SOURCE}/{external_id}",
        {"candidate_id": candidate["id"], "role_id": role_id},
    )
    print(json.dumps({"candidate_id": candidate["id"], "application_id": application["id"]}))


def decided(assay, application_id):
    """The last decision that stands, or None: what Assay tells clients of."""
    decisions = list(assay.each(f"/v1/applications/{application_id}/decisions", sort="-created_at"))
    reversed_ids = {one["reverses_id"] for one in decisions}
    return next((one for one in decisions if one["id"] not in reversed_ids), None)


def tell(assay, application_id):
    decision = decided(assay, application_id)
    if decision:
        print(json.dumps({"application_id": application_id, "decision": decision["kind"], "level": decision["level"]}))
    return decision is not None


def wait(assay, application_id, every=2.0):
    after = None
    while not tell(assay, application_id):
        # Any event of the application is a reason to look again; `after` is worth keeping on disk.
        while True:
            news = None
            for after, news in assay.events(after, application_id=application_id):
                pass
            if news:
                break
            time.sleep(every)


def receive(assay, application_id, port, secret):
    seen = set()  # a message can come twice: keep these ids where you keep your data

    class Receiver(BaseHTTPRequestHandler):
        done = False

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            good = verify(secret, self.headers, body)
            self.send_response(204 if good else 401)
            self.end_headers()
            event = json.loads(body) if good and self.headers["webhook-id"] not in seen else None
            seen.add(self.headers["webhook-id"])
            # Work belongs after the answer; here a decision is looked up, in yours a queue is fed.
            if event and event["data"].get("application_id", event["data"]["object_id"]) == application_id:
                Receiver.done = tell(assay, application_id)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", int(port)), Receiver)
    print(f"listening on {server.server_port}", flush=True)
    Receiver.done = tell(assay, application_id)
    while not Receiver.done:
        server.handle_request()


def forget(db, column, value):
    of = f"FROM scorecards WHERE {column} = ?"
    db.execute(f"DELETE FROM ratings WHERE scorecard_id IN (SELECT id {of})", (value,))
    db.execute(f"DELETE {of}", (value,))


def mirror(assay, path):
    """Scorecards into SQLite. What comes under notice later is found by its application's events."""
    db = sqlite3.connect(path)
    db.executescript(
        """CREATE TABLE IF NOT EXISTS scorecards (id TEXT PRIMARY KEY, application_id TEXT, candidate_id TEXT,
            author TEXT, recommendation TEXT, revision INTEGER, submitted_at TEXT);
        CREATE TABLE IF NOT EXISTS ratings (scorecard_id TEXT, competency_id TEXT, value INTEGER, evidence TEXT,
            PRIMARY KEY (scorecard_id, competency_id));
        CREATE TABLE IF NOT EXISTS place (after TEXT);"""
    )
    after = (db.execute("SELECT after FROM place").fetchone() or (None,))[0]
    changed, erased = set(), set()
    for after, event in assay.events(after):
        if event["type"] == "candidate.erased":
            erased.add(event["object_id"])
        if event["application_id"]:
            changed.add(event["application_id"])
    for application_id in changed:
        # Read whole each time: what may be read no longer is not kept either.
        try:
            candidate_id = assay.call("GET", f"/v1/applications/{application_id}")["candidate_id"]
            cards = list(assay.each("/v1/scorecards", application_id=application_id))
        except Problem as problem:
            if problem.status not in (404, 410):
                raise
            cards = []
        with db:
            forget(db, "application_id", application_id)
            for card in cards:
                card["candidate_id"] = candidate_id
                names = "id application_id candidate_id author_name recommendation revision submitted_at".split()
                db.execute("INSERT INTO scorecards VALUES (?, ?, ?, ?, ?, ?, ?)", [card[name] for name in names])
                for competency_id, rating in card["ratings"].items():
                    row = (card["id"], competency_id, rating["value"], rating["evidence"])
                    db.execute("INSERT INTO ratings VALUES (?, ?, ?, ?)", row)
    # Only now: whoever is stopped before reads these events again.
    with db:
        for candidate_id in erased:
            forget(db, "candidate_id", candidate_id)
        db.execute("DELETE FROM place")
        db.execute("INSERT INTO place VALUES (?)", (after,))
    count = db.execute("SELECT count(*) FROM scorecards").fetchone()[0]
    print(json.dumps({"applications": len(changed), "scorecards": count}))


def main():
    commands = {"push": push, "wait": wait, "receive": receive, "mirror": mirror}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        raise SystemExit(__doc__)
    env = os.environ
    assay = Assay(env["ASSAY"], env["ASSAY_CLIENT_ID"], env["ASSAY_CLIENT_SECRET"])
    commands[sys.argv[1]](assay, *sys.argv[2:])


if __name__ == "__main__":
    main()
