"""An SMTP server for the tests: aiosmtpd, with each mail kept as a file."""

import argparse
import asyncio
import logging
import os
import ssl
import sys
import threading
import uuid

from aiosmtpd.smtp import SMTP, AuthResult


class Keeping:
    def __init__(self, folder):
        self.folder = folder

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 there is nobody of this name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        path = os.path.join(self.folder, uuid.uuid4().hex)
        with open(path + ".part", "wb") as file:
            file.write(envelope.original_content)
        os.rename(path + ".part", path + ".eml")
        return "250 OK"


def authenticator(user, password):
    def authenticate(server, session, envelope, mechanism, data):
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == (user, password), handled=False)

    return authenticate


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["implicit", "starttls"])
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    options = parser.parse_args()

    tls = None
    if options.tls:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options.certificate, options.key)
    is_implicit = options.tls == "implicit"
    arguments = {"hostname": "localhost"}
    if options.tls == "starttls":
        arguments |= {"tls_context": tls, "require_starttls": True}
    if options.user:
        arguments |= {
            "authenticator": authenticator(options.user, options.password),
            "auth_required": True,
            # aiosmtpd knows only of STARTTLS.
            "auth_require_tls": not is_implicit,
        }
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Keeping(options.folder), **arguments),
        "127.0.0.1",
        options.port,
        ssl=tls if is_implicit else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def end_with_the_test():
    sys.stdin.read()
    os._exit(0)


# Clients that break off are what some tests want.
logging.disable()
threading.Thread(target=end_with_the_test, daemon=True).start()
asyncio.run(main())
