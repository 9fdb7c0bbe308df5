"""Files of a course version to download: added, withdrawn, never replaced in place."""

import hashlib
from pathlib import PurePath
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from cse_portal.activity import trail
from cse_portal.lib import clock, uploads
from cse_portal.lib.errors import Refused
from training import policies
from training.models import CourseMaterial, CourseVersion

TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
COPIED = ["title", "file", "size", "sha256", "trainers_only", "added_by_id", "added_at"]


@transaction.atomic
def add(actor, *, version, title, file, trainers_only=False):
    """Keeps an uploaded file as a material of the version, whatever its state."""
    if not policies.may_change_framework(actor):
        raise Refused(_("Coordinators add materials."), code="not_allowed")
    version = CourseVersion.objects.select_for_update(of=("self",), no_key=True).select_related("course").get(pk=version.pk)
    limit = settings.MATERIAL_MAX_BYTES
    if file.size > limit:
        raise Refused.of("file", _("The file is larger than %(size)s MB.") % {"size": limit // (1024 * 1024)}, "too_large")
    content = file.read()
    kind = uploads.sniff(content, file.name)
    if kind is None or kind[1] not in TYPES:
        raise Refused.of(
            "file",
            _("Materials are taken as PDF, JPEG, PNG, text, CSV, XLSX or DOCX without macros; this file is none of them."),
            "file_type",
        )
    sha256, title = hashlib.sha256(content).hexdigest(), title.strip()
    standing = version.materials.filter(withdrawn_at=None)
    if standing.filter(sha256=sha256).exists():
        raise Refused.of("file", _("This file is among the materials already."), "twice")
    if standing.filter(title__iexact=title).exists():
        raise Refused.of("title", _("Another material has this title. Withdraw it, or give this one another title."), "twice")
    made = CourseMaterial(
        course_version=version, title=title, size=len(content), sha256=sha256, trainers_only=trainers_only, added_by=actor.user,
        added_at=clock.now(),
    )  # fmt: skip
    made.file.save(f"{uuid4().hex}.{kind[1]}", ContentFile(content), save=False)
    made.save(force_insert=True)
    trail.record(actor, "added material", version, {"material": (None, title), "sha256": (None, sha256)})
    return made


@transaction.atomic
def withdraw(actor, *, material):
    """No longer offered; the file and the row are kept. Withdrawing again does nothing more."""
    if not policies.may_change_framework(actor):
        raise Refused(_("Coordinators withdraw materials."), code="not_allowed")
    material = CourseMaterial.objects.select_for_update(of=("self",)).select_related("course_version__course").get(pk=material.pk)
    if material.withdrawn_at is None:
        material.withdrawn_at = clock.now()
        material.save(update_fields=["withdrawn_at"])
        trail.record(actor, "withdrew material", material.course_version, {"material": (material.title, None)})
    return material


def carry_over(before, after):
    """The materials that stand are those of the next version too; the files are shared."""
    CourseMaterial.objects.bulk_create(
        CourseMaterial(course_version=after, **row) for row in before.materials.filter(withdrawn_at=None).values(*COPIED)
    )


def discard(version):
    """Of a draft that is discarded. A file that no other version has is deleted once the transaction is done."""
    held = list(version.materials.all())
    version.materials.all().delete()
    for name in {m.file.name for m in held}:
        if not CourseMaterial.objects.filter(file=name).exists():
            transaction.on_commit(lambda name=name: CourseMaterial._meta.get_field("file").storage.delete(name))


def opened(material):
    """(open file, media type, name to save it under)"""
    extension = PurePath(material.file.name).suffix.lstrip(".")
    return material.file.open("rb"), TYPES[extension], uploads.safe_name(f"{material.title}.{extension}", extension)
