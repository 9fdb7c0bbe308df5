"""The audit workspace: one page a site that works with or without network; its pack; where a device sends; ratings in conflict."""

from django.conf import settings
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from centres.access import fetch
from cse_portal.lib.doors import ActDoor, Page, PageMixin
from cse_portal.lib.templatetags.cse import percent
from standards import policies, reasons, workspace_forms
from standards.models import Evidence, Finding, Rating, RatingConflict
from standards.services import audits, beginning, conflicts, editions, fieldwork
from standards.services.evidence import NOTES

from . import results
from .audits import OfAudit, title_of
from .sheet import HINTS, SHORT, OfSite, progress

# How a piece of evidence is drawn; see standards/evidence_picture.html.
LOOKS = {"photo": {"media_type": "image/", "has_file": True}, "file": {"has_file": True}, "note": {}}


# How an element is marked in the rail, by its rating; the others are done.
LOOK_OF = {"": ("st-o", "circle"), "N": ("st-n", "alert-triangle"), "P": ("st-n", "alert-triangle")}


def spot(name, value):
    """A figure as it stands, at the spot where the device goes on counting."""
    return format_html("<span data-{}>{}</span>", name, value)


def so_far_words(sheet, shown):
    return {
        "rated_so_far": spot("rated", sheet.result.rated),
        "left_so_far": spot("left", sheet.result.of - sheet.result.rated),
        "score_so_far": spot("score", percent(shown["score"])),
        "mark_so_far": spot("pass", percent(shown["pass_mark"], 0)),
        "floor_so_far": spot("floor", percent(shown["floor"], 0)),
        "majors_so_far": spot("majors", shown["majors"]),
        "minors_so_far": spot("minors", shown["minors"]),
    }


def reader(user):
    """An opaque word for the account: what one person left on a device is never sent as another's."""
    return salted_hmac("standards.workspace.reader", str(user.pk), algorithm="sha256").hexdigest()[:20]


def worded(body):
    """What the service says, with the words of findings in the reader's language."""
    for finding in body["findings"]:
        heading = {"major": _("Major nonconformity %(label)s"), "minor": _("Minor nonconformity %(label)s")}.get(finding["grade"])
        heading = (
            heading % {"label": finding["label"]} if heading else f"{Finding.Grade(finding['grade']).label} {finding['label']}"
        )
        finding |= {
            "heading": heading,
            "why": str(reasons.RULES.get(finding["rule"], "")),
            "state": str(Finding.State(finding["state"]).label),
        }
    return body


def on_audit(scope, audit):
    """Elements that two auditors rated differently, for the team that settles them."""
    if not policies.may_settle(scope, audit):
        return None
    waiting = RatingConflict.objects.filter(site__audit=audit, settled_at=None).count()
    return {"n": waiting, "url": reverse("standards:rating_conflicts", args=[audit.ref])} if waiting else None


class Workspace(OfSite, Page):
    """Rating a site, element by element. Without script it leads to the plain pages of each element."""

    template_name = "standards/work.html"
    allowed = staticmethod(policies.may_work_on_site)

    def get_title(self):
        return title_of(self.audit)

    def get(self, request, *args, **kwargs):
        response = super().get(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    def get_context_data(self, **kwargs):
        sheet = audits.read_sheet(self.site, self.audit.edition)
        so_far, principles = progress(sheet, self.audit), {}
        for element in sheet.elements:
            of, rating = element.criterion.principle, sheet.ratings.get(element.pk)
            value = rating.value if rating else ""
            element.said, (element.look, element.sign) = SHORT.get(value, ""), LOOK_OF.get(value, ("st-d", "circle-check"))
            row = principles.setdefault(of.code, {"code": of.code, "name": results.short(of), "elements": [], "done": 0})
            row["elements"].append(element)
            row["done"] += bool(rating)
        for code, row in zip(sheet.result.implementation, so_far["shown"]["rows"], strict=True):
            principles[code] |= {"rate": row["rate"], "tone": "s-ov" if row["short"] else "s-tr"}
        for row in principles.values():
            row["so_far"] = spot("done", row["done"])
        floor = float(editions.rules_of(self.audit.edition).levels[0].implementation * 100)
        site = [self.audit.ref, self.site.pk]
        options = [
            {"value": value, "label": label, "hint": HINTS[value], "short": SHORT[value]} for value, label in Rating.Value.choices
        ]
        return super().get_context_data(
            **so_far, **so_far_words(sheet, so_far["shown"]),
            audit=self.audit, site=self.site, elements=sheet.elements, principles=list(principles.values()), floor=floor, options=options, looks=LOOKS, barred=beginning.obstacle(self.audit), notes=[(k.value, k.label) for k in NOTES],
            kinds=Evidence.Kind.choices, may_lead=policies.may_lead(self.scope, self.audit), reader=reader(self.request.user),
            sheet_url=self.sheet_url(), pack_url=reverse("standards:pack", args=site), sync_url=reverse("standards:sync", args=site),
            conflicts_url=reverse("standards:rating_conflicts", args=[self.audit.ref]), most_bytes=settings.EVIDENCE_MAX_BYTES,
        )  # fmt: skip


class Machine(OfSite, PageMixin, View):
    """What a device asks and sends by itself. Never from a cache between here and there."""

    allowed = staticmethod(policies.may_work_on_site)

    @staticmethod
    def said(body, status=200):
        response = JsonResponse(body, status=status)
        response["Cache-Control"] = "private, no-store"
        return response


class Pack(Machine):
    """All that rating this site needs, taken along by the device."""

    http_method_names = ["get"]

    def get(self, request, *args, **kwargs):
        return self.said(worded(fieldwork.pack(self.scope, self.site)) | {"reader": reader(request.user)})


class Sync(Machine):
    """Where a device sends the changes it kept. GET: a fresh CSRF token and who is signed in."""

    http_method_names = ["get", "post"]

    def get(self, request, *args, **kwargs):
        return self.said({"csrf": get_token(request), "reader": reader(request.user)})

    def post(self, request, *args, **kwargs):
        try:
            body = request.body if request.content_type == "application/json" else request.POST
            changes, upload = workspace_forms.sent(body, request.FILES)
        except (ValueError, KeyError, TypeError):
            return self.said({"code": "invalid", "detail": _("Some fields are missing or wrong.")}, 400)
        answers = workspace_forms.take_in(self.scope, self.site, changes, upload)
        body = worded(fieldwork.standing(self.scope, self.site))
        return self.said(
            {"now": body["at"], "answers": answers} | {name: body[name] for name in ("findings", "figures", "conflicts")}
        )


class Conflicts(OfAudit, Page):
    """Ratings that two auditors made without seeing each other's: both, who, when. A member of the team settles."""

    title = gettext_lazy("Ratings that differ")
    template_name = "standards/rating_conflicts.html"
    allowed = staticmethod(policies.may_settle)

    def get_context_data(self, **kwargs):
        return super().get_context_data(audit=self.audit, waiting=conflicts.unsettled(site__audit=self.audit), **kwargs)


class Settle(ActDoor):
    done = gettext_lazy("It is settled which rating holds. The other stays on record.")

    def act(self):
        held = RatingConflict.objects.select_related("site__audit", "element")
        conflict = fetch(
            held, self.scope, may=policies.may_settle_conflict, pk=self.kwargs["pk"], site__audit__ref=self.kwargs["ref"]
        )
        conflicts.settle(self.scope, conflict, taken=self.request.POST.get("taken") == "1")
        return reverse("standards:rating_conflicts", args=[conflict.site.audit.ref])
