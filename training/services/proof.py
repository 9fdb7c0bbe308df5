"""Files that prove something: taken in as PDF, JPEG or PNG, told from their bytes, kept under a name that says nothing."""

import hashlib
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from cse_portal.lib import uploads
from cse_portal.lib.errors import Refused

TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}


def read(upload, field="evidence"):
    """(the file under its new name, SHA-256) of an upload; Refused where it is too large or of another kind."""
    limit = settings.EVIDENCE_MAX_BYTES
    if upload.size > limit:
        sentence = _("The file is larger than %(size)s MB.") % {"size": limit // (1024 * 1024)}
        raise Refused(sentence, code="too_large", fields={field: [sentence]})
    content = upload.read()
    kind = uploads.sniff(content, upload.name)
    if kind is None or kind[1] not in TYPES:
        sentence = _("Evidence is taken as PDF, JPEG or PNG; this file is none of them.")
        raise Refused(sentence, code="file_type", fields={field: [sentence]})
    return ContentFile(content, name=f"{uuid4().hex}.{kind[1]}"), hashlib.sha256(content).hexdigest()


def opened(file, name):
    """(file, media type, the name to save it under)."""
    extension = file.name.rsplit(".", 1)[-1]
    return file.open("rb"), TYPES.get(extension, "application/octet-stream"), f"{name}.{extension}"
