"""The three hooks: a change here that matters above. Higher apps append theirs in AppConfig.ready(); services call them last,
inside their transaction, with sets of ids."""

_postings_changed, _officers_merged, _organisations_changed = [], [], []


def on_postings_changed(call):
    """`call(officer_ids)` runs whenever postings, cadres or excusals of these officers changed."""
    _postings_changed.append(call)


def on_officers_merged(call):
    """`call(kept_id, dropped_id)`."""
    _officers_merged.append(call)


def on_organisations_changed(call):
    """`call(organisation_ids, on)` runs whenever the tree, a standing or a name changed from that day."""
    _organisations_changed.append(call)


def postings_changed(officer_ids):
    for call in _postings_changed:
        call(officer_ids)


def officers_merged(kept, dropped):
    for call in _officers_merged:
        call(kept, dropped)


def organisations_changed(ids, on):
    for call in _organisations_changed:
        call(ids, on)
