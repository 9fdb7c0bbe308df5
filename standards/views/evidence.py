"""What an MDA has sent as evidence, over all its audits."""

from django.utils.translation import gettext_lazy

from cse_portal.lib.doors import Column, ListDoor
from standards import policies
from standards.filters import SentEvidenceFilter
from standards.models import SubmittedEvidence


def state_of(piece):
    """taken_back, replaced or held."""
    return "taken_back" if piece.removed_at else "replaced" if piece.later else "held"


class SentEvidence(ListDoor):
    title = gettext_lazy("Evidence")
    may = staticmethod(policies.may_list_sent_evidence)
    template_name = "standards/evidence_sent.html"
    filterset_class = SentEvidenceFilter
    default_sort = "-received"
    columns = (
        Column("what", gettext_lazy("Evidence"), str, sort="file_name"),
        Column("audit", gettext_lazy("Audit"), lambda e: e.audit.ref, sort="audit__ref"),
        Column("subject", gettext_lazy("MDA or centre"), lambda e: str(e.audit.subject), sort="audit__organisation__name"),
        Column("for", gettext_lazy("For"), lambda e: e.element.code if e.element_id else e.finding.label),
        Column("collected", gettext_lazy("Collected on"), lambda e: e.collected_on, sort="collected_on"),
        Column("received", gettext_lazy("Received"), lambda e: e.received_at, sort="received_at"),
        Column("by", gettext_lazy("Sent by"), lambda e: str(e.added_by), sort="added_by__name"),
        Column("sha256", "SHA-256", lambda e: e.sha256),
    )

    def base_queryset(self):
        seen = SubmittedEvidence.objects.visible_to(self.scope).with_later()
        return seen.select_related("audit__organisation", "audit__centre", "audit__edition", "site__centre", "element", "finding", "added_by")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for piece in context["object_list"]:
            piece.standing = state_of(piece)
        return context
