"""The Assay API with the standard library alone: tokens, retries, pages, and signatures of webhooks.

Take this file along and change it as you like; ats.py beside it shows how it is used.
"""

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid


class Problem(Exception):
    """A refusal: branch on `code`, which never changes."""

    def __init__(self, status, told):
        super().__init__(f"{status} {told.get('code', told.get('error'))}: {told.get('detail', '')}")
        self.status = status
        self.code = told.get("code", told.get("error"))
        self.errors = told.get("errors", [])
        self.instance = told.get("instance")


class Assay:
    def __init__(self, url, client_id, client_secret, retries=5, longest_pause=60.0):
        self.url = url.rstrip("/")
        self.credentials = (client_id, client_secret)
        self.retries = retries
        self.longest_pause = longest_pause
        self.token, self.token_until = None, 0.0

    def call(self, method, path, body=None, query=None, headers=None, key=None):
        """The JSON that is answered, None where there is none. `key` names an intent that outlives this process."""
        send = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
            send["Content-Type"] = kind
            body = json.dumps(body).encode()
        if method in ("POST", "PATCH"):  # PUT and DELETE are done once by their nature
            send["Idempotency-Key"] = key or str(uuid.uuid4())
        if query:
            path += "?" + urllib.parse.urlencode(query)
        for renewed in (False, True):
            send["Authorization"] = "Bearer " + self._token(renewed)
            try:
                return self._send(method, path, body, send)
            except Problem as problem:
                if problem.status != 401 or renewed:
                    raise

    def each(self, path, **query):
        """Every row of a list, page after page."""
        query = {"limit": 100, **query}
        while True:
            page = self.call("GET", path, query=query)
            yield from page["data"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def events(self, after=None, **query):
        """The events since `after`, and with each where to go on; ends when there are no more for now."""
        query = {"limit": 100, **query}
        while True:
            if after:
                query["after"] = after
            page = self.call("GET", "/v1/events", query=query)
            for event in page["data"]:
                after = event["id"]
                yield after, event
            if page["next_cursor"] is None:
                return
            after = page["next_cursor"]

    def _token(self, renew):
        if renew or time.time() >= self.token_until:
            form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
            basic = base64.b64encode(":".join(self.credentials).encode()).decode()
            told = self._send(
                "POST",
                "/v1/oauth/token",
                form,
                {"Authorization": "Basic " + basic, "Content-Type": "application/x-www-form-urlencoded"},
            )
            self.token = told["access_token"]
            self.token_until = time.time() + told["expires_in"] - 30
        return self.token

    def _send(self, method, path, body, headers):
        for tried in range(self.retries + 1):
            pause = 0.2 * 2**tried
            request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    text = response.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                text = error.read()
                told = json.loads(text) if "json" in error.headers.get("Content-Type", "") else {}
                again = error.code in (429, 503) or told.get("code") == "idempotency_in_progress"
                if not again or tried == self.retries:
                    raise Problem(error.code, told) from None
                pause = float(error.headers.get("Retry-After") or pause)
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if tried == self.retries:
                    raise
            time.sleep(min(pause, self.longest_pause))


def verify(secret, headers, body):
    """Is a webhook's message Assay's, and fresh? `body` are the bytes as they came."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mine = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return fresh and any(hmac.compare_digest(mine, one) for one in headers["webhook-signature"].split())
