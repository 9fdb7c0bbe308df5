"""P14: a hundred thousand notices queued in sets, and sent by two workers to a mail server on loopback that counts."""

import multiprocessing
import socket
import threading
import time
from collections import Counter

# Everyone is told once, in the shape of the night's reminders: fifty different texts.
EVERYONE = """
SELECT 'bench:' || o.id AS key, o.first_name || ' ' || o.surname AS name, 'officer.' || o.id || '@example.org' AS email, '' AS phone,
    CASE WHEN o.id %% 2 = 0 THEN 'en' ELSE 'sw' END AS language, 'officer' AS about_kind, o.ref AS about_ref,
    jsonb_build_object('course', o.id %% 25) AS facts
FROM (SELECT * FROM centres_officer ORDER BY id LIMIT %(n)s) AS o
"""
WORKERS = 2


class Sink:
    """An SMTP server that takes everything and keeps each Message-ID."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.taken, self.lock = self.socket.getsockname()[1], Counter(), threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _address = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        file, letter, reading = client.makefile("rb"), "", False
        client.sendall(b"220 sink\r\n")
        for line in file:
            if reading:
                if line[:11].lower() == b"message-id:":
                    letter = line[11:].strip().decode()
                elif line == b".\r\n":
                    reading = False
                    with self.lock:
                        self.taken[letter] += 1
                    client.sendall(b"250 taken\r\n")
                continue
            verb = line[:4].upper()
            reading = verb == b"DATA"
            client.sendall({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 OK\r\n"))
            if verb == b"QUIT":
                break
        client.close()


def work(port):
    """One worker until nothing waits."""
    import django

    django.setup()
    from django.conf import settings

    from cse_portal.notices import services

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = "127.0.0.1", port, False, ""
    while services.deliver():
        pass


def measure(officers):
    from django.db import connection, transaction

    from benchmarks.measure import Line, rows
    from cse_portal.notices import outbox
    from cse_portal.notices.models import Notice

    n = min(officers, 100_000)
    # What the nation left waiting is not what is measured.
    Notice.objects.filter(state__in=["queued", "sending"]).update(state="cancelled")

    def write(facts):
        return f"Due: course {facts['course']}", f"{outbox.NAME},\n\ncourse {facts['course']} is due.", ""

    def queue():
        with transaction.atomic():
            return outbox.queue_found(EVERYONE, {"n": n}, write)

    began = time.perf_counter()
    queued, queueing = queue(), time.perf_counter() - began
    assert queue() == 0, "run twice it queued more"
    rows("VACUUM ANALYZE notices_notice")
    sink = Sink()
    connection.close()
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=work, args=(sink.port,)) for _ in range(WORKERS)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sending = time.perf_counter() - began
    sink.socket.close()
    sent = dict(Notice.objects.filter(key__startswith="bench:").values_list("message_id", "state"))
    lost = sum(state != "sent" or letter not in sink.taken for letter, state in sent.items())
    twice = sum(times > 1 for times in sink.taken.values())
    return [
        Line("P14", f"{queued:,} notices queued, each in its reader's language", f"{queueing:.1f} s", queued / queueing, 1000, "/s", at_least=True),
        Line("P14", f"… sent to a mail server on loopback by {WORKERS} workers", f"{sending:.0f} s, {queued / sending:,.0f} /s", lost + twice, 0, "lost or twice"),
    ]  # fmt: skip
