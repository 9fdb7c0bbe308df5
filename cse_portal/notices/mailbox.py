"""The demonstration's mailbox: messages as .eml files in MAILBOX_DIR, and reading them back."""

import email
import email.parser
import email.policy
import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend


class FileMailbox(BaseEmailBackend):
    """Writes each message to a file named after its Message-ID: one sent again replaces itself."""

    def send_messages(self, messages):
        folder = Path(settings.MAILBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in messages:
            built = message.message()
            path = folder / f"{hashlib.sha256(built['Message-ID'].encode()).hexdigest()[:24]}.eml"
            part = path.with_suffix(f".{os.getpid()}")
            part.write_bytes(built.as_bytes())
            part.rename(path)
        return len(messages)


class Letter(NamedTuple):
    name: str
    to: str
    subject: str
    arrived: float
    sms: bool
    text: str = ""


def names():
    """Names of all letters, newest first, with the instant each arrived."""
    try:
        with os.scandir(settings.MAILBOX_DIR) as found:
            files = [(e.stat().st_mtime, e.name[:-4]) for e in found if e.name.endswith(".eml")]
    except FileNotFoundError:
        return []
    return sorted(files, reverse=True)


def letter(name, arrived=None, whole=False):
    """One letter, or None if there is no such file."""
    path = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    try:
        with path.open("rb") as file:
            read = email.message_from_binary_file if whole else email.parser.BytesHeaderParser(policy=email.policy.default).parse
            message = read(file, policy=email.policy.default) if whole else read(file)
            arrived = arrived or os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return None
    body = message.get_body(("plain", "html")) if whole else None
    return Letter(
        name,
        str(message["To"]),
        str(message["Subject"] or ""),
        arrived,
        message["X-Channel"] == "sms",
        body.get_content() if body else "",
    )
