-- Rows of a server that numbered its transactions otherwise (a backup restored elsewhere) count as written by none.
CREATE FUNCTION compliance_adopt() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('cse.compacting', 'on', true);
    UPDATE training_compliancedelta SET written_by = '0' WHERE written_by >= pg_snapshot_xmax(pg_current_snapshot()) AND written_by <> pg_current_xact_id();
    UPDATE training_compliancecountydelta SET written_by = '0' WHERE written_by >= pg_snapshot_xmax(pg_current_snapshot()) AND written_by <> pg_current_xact_id();
    PERFORM set_config('cse.compacting', '', true);
END $$;

-- Cells of every place at each month's end, and the national sum day by day: what reads of the ledger start from. Both hold the
-- deltas of all transactions before the watermark; a read adds those of the others. Rebuilt whole, never edited.
CREATE FUNCTION compliance_checkpoints(today date) RETURNS integer LANGUAGE plpgsql SET jit = off SET work_mem = '128MB' AS $$
DECLARE
    mark xid8;
    first date;
    written integer := 0;
    book record;
    n_rows integer;
BEGIN
    LOCK TABLE training_compliancewatermark IN SHARE ROW EXCLUSIVE MODE; -- one builder at a time; readers are not held up
    PERFORM compliance_adopt();
    mark := pg_snapshot_xmin(pg_current_snapshot());
    -- Before that, deltas are few enough to be summed as they are.
    SELECT greatest(min(effective_on), (today - interval '6 years')::date) INTO first FROM training_compliancedelta;
    DELETE FROM training_compliancecheckpoint;
    DELETE FROM training_compliancenational;
    DELETE FROM training_compliancewatermark;
    INSERT INTO training_compliancewatermark (built_at, upto) VALUES (clock_timestamp(), mark);
    INSERT INTO training_compliancenational (cadre_id, status, effective_on, delta)
    SELECT cadre_id, status, effective_on, sum(delta) FROM training_compliancedelta WHERE written_by < mark
    GROUP BY 1, 2, 3 HAVING sum(delta) <> 0;
    IF first IS NULL THEN RETURN 0; END IF;
    FOR book IN SELECT * FROM (VALUES
        (0, format('SELECT organisation_id AS place, cadre_id, status, effective_on, delta FROM training_compliancedelta WHERE written_by < %L', mark)),
        (1, format('SELECT coalesce(county_id, 0), cadre_id, status, effective_on, delta FROM training_compliancecountydelta WHERE written_by < %L', mark)),
        (2, 'SELECT 0, cadre_id, status, effective_on, delta FROM training_compliancenational')
    ) b (number, rows) LOOP
        EXECUTE format($sql$
            WITH months AS (
                SELECT (m + interval '1 month - 1 day')::date AS month_end
                FROM generate_series(date_trunc('month', $1::timestamp), date_trunc('month', $2 + interval '26 months'), interval '1 month') m
            ), change (place, cadre_id, status, effective_on, delta) AS (%s), monthly AS ( -- a column for each status
                SELECT place, cadre_id, (date_trunc('month', greatest(effective_on, $1)::timestamp) + interval '1 month - 1 day')::date AS month_end,
                       sum(delta) FILTER (WHERE status = 0) AS n0, sum(delta) FILTER (WHERE status = 1) AS n1, sum(delta) FILTER (WHERE status = 2) AS n2, sum(delta) FILTER (WHERE status = 3) AS n3, sum(delta) FILTER (WHERE status = 4) AS n4, sum(delta) FILTER (WHERE status = 5) AS n5
                FROM change GROUP BY 1, 2, 3
            ), running AS (
                SELECT place, cadre_id, month_end, ARRAY[coalesce(sum(sum(n0)) OVER up, 0), coalesce(sum(sum(n1)) OVER up, 0), coalesce(sum(sum(n2)) OVER up, 0), coalesce(sum(sum(n3)) OVER up, 0), coalesce(sum(sum(n4)) OVER up, 0), coalesce(sum(sum(n5)) OVER up, 0)]::integer[] AS counts
                FROM (
                    SELECT * FROM monthly
                    UNION ALL
                    SELECT place, cadre_id, month_end, 0, 0, 0, 0, 0, 0 FROM (SELECT DISTINCT place, cadre_id FROM monthly) m CROSS JOIN months
                ) e GROUP BY place, cadre_id, month_end WINDOW up AS (PARTITION BY place, cadre_id ORDER BY month_end)
            )
            INSERT INTO training_compliancecheckpoint (book, on_day, place_id, cadres, counts)
            SELECT %s, month_end, place, array_agg(cadre_id ORDER BY cadre_id), ARRAY(SELECT unnest(array_agg(counts ORDER BY cadre_id)))
            FROM running WHERE month_end IN (SELECT month_end FROM months) GROUP BY month_end, place HAVING bool_or(counts <> '{0,0,0,0,0,0}')
        $sql$, book.rows, book.number) USING first, today;
        GET DIAGNOSTICS n_rows = ROW_COUNT;
        written := written + n_rows;
    END LOOP;
    RETURN written;
END $$;

-- Nets deltas of one cell, day and day of recording (Nairobi), of days before today: "as known on K" stays exact for every day K.
-- Rows of transactions that may still run are left alone; the others keep the youngest writer, so the next checkpoints, built in
-- the same transaction, hold them. Returns how many rows went.
CREATE FUNCTION compliance_compact(today date) RETURNS bigint LANGUAGE plpgsql SET jit = off SET work_mem = '128MB' AS $$
DECLARE
    mark xid8;
    before timestamptz := today::timestamp AT TIME ZONE 'Africa/Nairobi';
    gone bigint := 0;
    n_rows bigint;
    ledger record;
BEGIN
    LOCK TABLE training_compliancewatermark IN SHARE ROW EXCLUSIVE MODE;
    PERFORM compliance_adopt();
    mark := pg_snapshot_xmin(pg_current_snapshot());
    PERFORM set_config('cse.compacting', 'on', true);
    FOR ledger IN SELECT * FROM (VALUES ('training_compliancedelta', 'organisation_id'), ('training_compliancecountydelta', 'county_id')) t (name, place) LOOP
        EXECUTE format($sql$
            WITH groups AS MATERIALIZED (
                SELECT %1$I AS place, cadre_id, status, effective_on, sum(delta) AS delta, max(recorded_at) AS recorded_at,
                       max(written_by::text::numeric)::text::xid8 AS written_by, array_agg(id) AS ids
                FROM %2$I WHERE recorded_at < $1 AND written_by < $2
                GROUP BY 1, 2, 3, 4, (recorded_at AT TIME ZONE 'Africa/Nairobi')::date HAVING count(*) > 1 OR sum(delta) = 0
            ), removed AS (
                DELETE FROM %2$I d USING (SELECT unnest(ids) AS id FROM groups) g WHERE d.id = g.id RETURNING 1
            ), added AS (
                INSERT INTO %2$I (%1$I, cadre_id, status, effective_on, delta, recorded_at, written_by)
                SELECT place, cadre_id, status, effective_on, delta, recorded_at, written_by FROM groups WHERE delta <> 0 RETURNING 1
            )
            SELECT (SELECT count(*) FROM removed) - (SELECT count(*) FROM added)
        $sql$, ledger.place, ledger.name) INTO n_rows USING before, mark;
        gone := gone + n_rows;
    END LOOP;
    PERFORM set_config('cse.compacting', '', true);
    DELETE FROM training_compliancewrite w WHERE w.written_at < before - interval '1 day' AND w.id < (SELECT max(id) - 1000 FROM training_compliancewrite);
    RETURN gone;
END $$;
