from django.apps import AppConfig


class Training(AppConfig):
    name = "training"

    def ready(self):
        from centres.services import changes
        from training.compliance import spans
        from training.services import leaving, merging

        changes.on_postings_changed(spans.refresh)
        changes.on_postings_changed(leaving.postings_changed)
        changes.on_organisations_changed(spans.organisations_changed)
        changes.on_officers_merged(merging.merged)
        changes.on_officers_merged(spans.officers_merged)
        changes.on_officers_parted(merging.parted)
