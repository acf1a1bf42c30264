# A mail server for tests (aiosmtpd): says on standard output what it took, a JSON object a line.
#
#   smtp_server.py [--port N] [--certificate FILE --key FILE] [--user NAME --password PASSWORD]
#                  [--greeting LINE]
#
# What becomes of a message is in the recipient's name: refuse-… never is taken, content-… is refused
# once it was read, later-N-… is put off N times, slow-… waits two seconds and stuck-… a minute, cut-…
# loses its connection before there is a message, lost-… is taken and the connection cut before the
# answer, the first time. With a greeting it says that and nothing else.
import argparse
import asyncio
import base64
import json
import logging
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--user")
parser.add_argument("--password")
parser.add_argument("--greeting")
given = parser.parse_args()
seen = {}
# What a client breaks off is no news.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        seen[address] = seen.get(address, 0) + 1
        tell(kind="recipient", to=address)
        if name.startswith("refuse-"):
            return "550 5.1.1 There is nobody of that name"
        if name.startswith("later-") and seen[address] <= int(name.split("-")[1]):
            return "451 4.7.1 Come back later"
        if name.startswith("cut-"):
            server.transport.close()
            return "250 OK"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        name = to.split("@")[0]
        if name.startswith("content-"):
            return "554 5.6.0 That is not taken here"
        if name.startswith("slow-"):
            await asyncio.sleep(2)
        if name.startswith("stuck-"):
            await asyncio.sleep(60)
        tell(
            kind="message",
            envelope_from=envelope.mail_from,
            to=to,
            tls=session.ssl is not None,
            user=session.auth_data,
            content=base64.b64encode(envelope.original_content).decode(),
        )
        if name.startswith("lost-") and seen[to] == 1:
            server.transport.close()
            await asyncio.sleep(0.1)
        return "250 Taken"


def authenticate(server, session, envelope, mechanism, data):
    ok = mechanism in ("LOGIN", "PLAIN") and data.login.decode() == given.user and data.password.decode() == given.password
    return AuthResult(success=ok, handled=False, auth_data=given.user if ok else None)


class Listening(Controller):
    def factory(self):
        context = None
        if given.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(given.certificate, given.key)
        return SMTP(
            self.handler,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=context,
            require_starttls=context is not None,
            authenticator=authenticate if given.user else None,
            auth_required=given.user is not None,
            auth_require_tls=context is not None,
        )


class Closed(asyncio.Protocol):
    def connection_made(self, transport):
        transport.write(given.greeting.encode() + b"\r\n")


async def main():
    factory = Closed if given.greeting else Listening(Handler()).factory
    server = await asyncio.get_running_loop().create_server(factory, host="127.0.0.1", port=given.port)
    tell(kind="listening", port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(0)
