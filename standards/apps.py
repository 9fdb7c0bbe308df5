from django.apps import AppConfig


class Standards(AppConfig):
    name = "standards"

    def ready(self):
        from centres.services import changes
        from training.services import checking

        from .services import drawing, scope_review

        changes.on_organisations_changed(scope_review.organisations_changed)
        facts = "standards/verify_facts.html"
        checking.KINDS.append(checking.Kind(drawing.find, drawing.look, drawing.document_of, facts, drawing.title))
