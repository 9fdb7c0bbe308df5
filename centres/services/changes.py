"""The hooks: a change here that matters above. Higher apps append theirs in AppConfig.ready(); services call them last,
inside their transaction, with sets of ids."""

_postings_changed, _officers_merged, _officers_parted, _organisations_changed = [], [], [], []


def on_postings_changed(call):
    """`call(officer_ids)` runs whenever postings, cadres or excusals of these officers changed."""
    _postings_changed.append(call)


def on_officers_merged(call):
    """`call(kept_id, dropped_id)`; may return {table: [ids]} of what it moved, as parting them needs it."""
    _officers_merged.append(call)


def on_officers_parted(call):
    """`call(kept_id, dropped_id, moved)`: the merge is undone; `moved` is what the calls at merging returned, together."""
    _officers_parted.append(call)


def on_organisations_changed(call):
    """`call(organisation_ids, on)` runs whenever the tree, a standing or a name changed from that day."""
    _organisations_changed.append(call)


def postings_changed(officer_ids):
    for call in _postings_changed:
        call(officer_ids)


def officers_merged(kept, dropped):
    """What moved above: {table: [ids]}."""
    moved = {}
    for call in _officers_merged:
        moved |= call(kept, dropped) or {}
    return moved


def officers_parted(kept, dropped, moved):
    for call in _officers_parted:
        call(kept, dropped, moved)


def organisations_changed(ids, on):
    for call in _organisations_changed:
        call(ids, on)
