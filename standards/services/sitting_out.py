"""What of the panel's work one member may not decide, of many at once: whoever took part, has an interest on record or declared one.
The services refuse the same when somebody decides (`independence`, `policies.had_a_part`), and so does the database."""

from django.db import connection

INTEREST = """EXISTS (SELECT 1 FROM standards_edition e CROSS JOIN LATERAL standards_interests(ARRAY[%(person)s]::bigint[], a.organisation_id,
    standards_places_of(a.id), a.starts_on, greatest(a.ends_on, %(on)s), coalesce((e.rules ->> 'cooling_off_months')::int, 24))
    WHERE e.id = a.edition_id)"""

CASES = f"""SELECT a.id FROM standards_audit a WHERE a.id = ANY(%(ids)s) AND (standards_took_part(a.id, %(person)s)
    OR EXISTS (SELECT 1 FROM standards_panelvote v WHERE v.audit_id = a.id AND v.user_id = %(person)s AND v.outcome = 'interest')
    OR {INTEREST})"""

ACTS = f"""SELECT t.id FROM standards_certificationact t JOIN standards_certification c ON c.id = t.certification_id
    JOIN standards_decision d ON d.id = c.decision_id JOIN standards_audit a ON a.id = d.audit_id
    WHERE t.id = ANY(%(ids)s) AND (t.asked_by_id = %(person)s OR standards_took_part_in_any(c.id, %(person)s)
        OR standards_declared_in_any(c.id, %(person)s) OR {INTEREST})"""

APPEALS = f"""SELECT p.id FROM standards_certificationappeal p LEFT JOIN standards_certificationact t ON t.id = p.act_id
    LEFT JOIN standards_certification c ON c.id = t.certification_id
    JOIN standards_decision d ON d.id = coalesce(p.decision_id, c.decision_id) JOIN standards_audit a ON a.id = d.audit_id
    WHERE p.id = ANY(%(ids)s) AND (%(person)s IN (t.asked_by_id, t.decided_by_id, d.decided_by_id)
        OR standards_took_part(a.id, %(person)s) OR (c.id IS NOT NULL
            AND (standards_took_part_in_any(c.id, %(person)s) OR standards_declared_in_any(c.id, %(person)s)))
        OR EXISTS (SELECT 1 FROM standards_panelvote v WHERE v.audit_id = a.id AND v.user_id = %(person)s)
        OR EXISTS (SELECT 1 FROM standards_panelvote v JOIN standards_audit w ON w.id = v.audit_id
            WHERE w.certification_id = c.id AND v.user_id = %(person)s AND v.outcome = 'refuse')
        OR EXISTS (SELECT 1 FROM standards_decision v JOIN standards_audit w ON w.id = v.audit_id
            WHERE w.certification_id = c.id AND v.decided_by_id = %(person)s AND v.outcome = 'refuse')
        OR {INTEREST})"""


def _ids(sql, scope, rows):
    ids = [row.pk for row in rows]
    if not ids or scope.user is None:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": ids, "person": scope.user.pk, "on": scope.today})
        return {row[0] for row in cursor.fetchall()}


def cases(scope, audits):
    """Ids of the audits before the panel that this member neither votes on nor decides. One query."""
    return _ids(CASES, scope, audits)


def acts(scope, rows):
    """Ids of the acts on certifications that somebody else decides. One query."""
    return _ids(ACTS, scope, rows)


def appeals(scope, rows):
    """Ids of the appeals that somebody else decides. One query."""
    return _ids(APPEALS, scope, rows)
