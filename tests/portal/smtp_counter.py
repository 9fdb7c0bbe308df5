"""A real SMTP server in a process of its own: `python smtp_counter.py PORT FILE [DELAY]`. Appends one line a message taken:
Message-ID, a tab, the recipient. To `later@…` it answers 451, to `never@…` 550, to `cut@…` it hangs up after taking it.
"""

import asyncio
import email
import os
import sys

from aiosmtpd.smtp import SMTP


class Counter:
    def __init__(self, path, delay):
        self.file, self.delay = open(path, "a", buffering=1), delay

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("later@"):
            return "451 try again later"
        if address.startswith("never@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.delay)
        message = email.message_from_bytes(envelope.content)
        self.file.write(f"{message['Message-ID']}\t{envelope.rcpt_tos[0]}\n")
        os.fsync(self.file.fileno())
        if envelope.rcpt_tos[0].startswith("cut@"):
            server.transport.abort()
        await asyncio.sleep(self.delay)  # taken but not yet answered: where a killed worker cannot know
        return "250 taken"


async def main(port, path, delay):
    handler = Counter(path, delay)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", port)
    async with server:
        print("ready", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0))
