CREATE SCHEMA tickwork;

CREATE TYPE tickwork.phase AS ENUM (
    'open',
    'completed',
    'failed',
    'cancelled'
);

CREATE FUNCTION tickwork.bucket(duration interval) RETURNS smallint
    LANGUAGE sql IMMUTABLE
    RETURN (ceil((((2)::double precision * ln(GREATEST((date_part('epoch'::text, duration) * (1000)::double precision), (1)::double precision))) / ln((2)::double precision))))::smallint;

CREATE FUNCTION tickwork.count_jobs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'INSERT' then
    insert into tickwork.job_counts select type, status, count(*) from added group by type, status;
  else
    insert into tickwork.job_counts select type, status, -count(*) from removed group by type, status;
  end if;
  return null;
end
$$;

CREATE FUNCTION tickwork.recount() RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'recount() needs read committed: an older snapshot does not see what the last one appended';
  end if;
  lock table tickwork.job_counts in share update exclusive mode;
  insert into tickwork.job_counts (type, status, n)
  select type, status, sum(n)
  from (
    select type, status, count(*) as n from tickwork.jobs group by type, status
    union all
    select type, status, -n from tickwork.job_counts
  ) difference
  group by type, status
  having sum(n) <> 0;
end
$$;

CREATE TABLE tickwork.jobs (
    id uuid NOT NULL,
    type text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    retries integer DEFAULT 0 NOT NULL,
    max_retries integer DEFAULT 3 NOT NULL,
    scheduled_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    failed_reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone,
    lease_expires_at timestamp with time zone,
    cancel_requested_at timestamp with time zone,
    progress jsonb,
    result jsonb,
    trace_parent text,
    phase tickwork.phase GENERATED ALWAYS AS (
CASE status
    WHEN 'completed'::text THEN 'completed'::tickwork.phase
    WHEN 'failed'::text THEN 'failed'::tickwork.phase
    WHEN 'cancelled'::text THEN 'cancelled'::tickwork.phase
    ELSE 'open'::tickwork.phase
END) STORED NOT NULL,
    CONSTRAINT jobs_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT jobs_check CHECK (((status = 'in_progress'::text) = (lease_expires_at IS NOT NULL))),
    CONSTRAINT jobs_check1 CHECK (((status = 'completed'::text) = (completed_at IS NOT NULL))),
    CONSTRAINT jobs_max_retries_check CHECK (((max_retries >= 0) AND (max_retries <= 100))),
    CONSTRAINT jobs_payload_check CHECK ((jsonb_typeof(payload) = 'object'::text)),
    CONSTRAINT jobs_priority_check CHECK (((priority >= '-512'::integer) AND (priority <= 511))),
    CONSTRAINT jobs_retries_check CHECK ((retries >= 0)),
    CONSTRAINT jobs_scheduled_at_check CHECK (((scheduled_at >= '2000-01-01 00:00:00+00'::timestamp with time zone) AND (scheduled_at <= '2200-01-01 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT jobs_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'in_progress'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT jobs_type_check CHECK (((length(type) >= 1) AND (length(type) <= 63)))
)
WITH (fillfactor='45');

CREATE FUNCTION tickwork.running() RETURNS SETOF tickwork.jobs
    LANGUAGE sql STABLE ROWS 100
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
    select * from tickwork.jobs
    where phase = 'open' and scheduled_at <= now() and status = 'in_progress'
    order by scheduled_at, id
  $$;

CREATE TABLE tickwork.alert_channels (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT alert_channels_kind_check CHECK ((kind = ANY (ARRAY['email'::text, 'slack'::text, 'webhook'::text]))),
    CONSTRAINT alert_channels_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE TABLE tickwork.alert_deliveries (
    id uuid NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    channel_id uuid NOT NULL,
    channel text NOT NULL,
    event text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    count bigint DEFAULT 0 NOT NULL,
    seconds double precision DEFAULT 0 NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_try_at timestamp with time zone,
    ok boolean DEFAULT false NOT NULL,
    error text
);

CREATE TABLE tickwork.alert_states (
    event text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    active boolean DEFAULT false NOT NULL,
    told_at timestamp with time zone,
    counted bigint DEFAULT 0 NOT NULL,
    before bigint DEFAULT 0 NOT NULL
);

CREATE TABLE tickwork.api_keys (
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT api_keys_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT api_keys_prefix_check CHECK ((prefix ~ '^[a-z0-9]{8}$'::text)),
    CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'admin'::text])))
);

CREATE TABLE tickwork.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor text NOT NULL,
    via text NOT NULL,
    action text NOT NULL,
    job_id uuid,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    request_id text NOT NULL
);

ALTER TABLE tickwork.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tickwork.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE tickwork.idempotency_keys (
    key text NOT NULL,
    request_hash bytea NOT NULL,
    job_ids uuid[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE tickwork.job_attempts (
    job_id uuid NOT NULL,
    attempt integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    error text,
    logs jsonb,
    CONSTRAINT job_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['completed'::text, 'retry'::text, 'failed'::text, 'cancelled'::text, 'expired'::text])))
);

CREATE TABLE tickwork.job_counts (
    type text NOT NULL,
    status text NOT NULL,
    n bigint NOT NULL
);

CREATE TABLE tickwork.job_throughput (
    minute timestamp with time zone NOT NULL,
    type text NOT NULL,
    event text NOT NULL,
    bucket smallint NOT NULL,
    n bigint NOT NULL
);

CREATE TABLE tickwork.job_totals (
    type text NOT NULL,
    event text NOT NULL,
    bucket smallint NOT NULL,
    n bigint NOT NULL
);

CREATE TABLE tickwork.migrations (
    number integer NOT NULL,
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE tickwork.ticks (
    single boolean DEFAULT true NOT NULL,
    ticked_at timestamp with time zone NOT NULL,
    CONSTRAINT ticks_single_check CHECK (single)
);

CREATE TABLE tickwork.totals_until (
    single boolean DEFAULT true NOT NULL,
    minute timestamp with time zone NOT NULL,
    before timestamp with time zone NOT NULL,
    CONSTRAINT totals_until_single_check CHECK (single)
);

ALTER TABLE ONLY tickwork.alert_channels
    ADD CONSTRAINT alert_channels_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tickwork.alert_deliveries
    ADD CONSTRAINT alert_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tickwork.alert_states
    ADD CONSTRAINT alert_states_pkey PRIMARY KEY (event, subject);

ALTER TABLE ONLY tickwork.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tickwork.api_keys
    ADD CONSTRAINT api_keys_prefix_key UNIQUE (prefix);

ALTER TABLE ONLY tickwork.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tickwork.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (key);

ALTER TABLE ONLY tickwork.job_attempts
    ADD CONSTRAINT job_attempts_pkey PRIMARY KEY (job_id, attempt);

ALTER TABLE ONLY tickwork.job_totals
    ADD CONSTRAINT job_totals_pkey PRIMARY KEY (type, event, bucket);

ALTER TABLE ONLY tickwork.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tickwork.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (number);

ALTER TABLE ONLY tickwork.ticks
    ADD CONSTRAINT ticks_pkey PRIMARY KEY (single);

ALTER TABLE ONLY tickwork.totals_until
    ADD CONSTRAINT totals_until_pkey PRIMARY KEY (single);

CREATE INDEX alert_deliveries_by_age ON tickwork.alert_deliveries USING btree (at);

CREATE INDEX alert_deliveries_to_do ON tickwork.alert_deliveries USING btree (next_try_at) WHERE (next_try_at IS NOT NULL);

CREATE INDEX api_keys_by_name ON tickwork.api_keys USING btree (name) WHERE (revoked_at IS NULL);

CREATE INDEX audit_by_age ON tickwork.audit USING btree (at);

CREATE INDEX idempotency_keys_by_age ON tickwork.idempotency_keys USING btree (created_at);

CREATE INDEX job_throughput_by_minute ON tickwork.job_throughput USING btree (minute);

CREATE INDEX jobs_by_phase ON tickwork.jobs USING btree (phase, id);

CREATE INDEX jobs_by_priority ON tickwork.jobs USING btree (phase, priority, id);

CREATE INDEX jobs_by_scheduled_at ON tickwork.jobs USING btree (phase, scheduled_at, id);

CREATE INDEX jobs_by_type ON tickwork.jobs USING btree (type, phase, id);

CREATE INDEX jobs_by_updated_at ON tickwork.jobs USING btree (phase, updated_at, id);

CREATE STATISTICS tickwork.jobs_phase_status (dependencies) ON status, phase FROM tickwork.jobs;

CREATE STATISTICS tickwork.jobs_type_phase (mcv) ON type, phase FROM tickwork.jobs;

CREATE TRIGGER count_deleted AFTER DELETE ON tickwork.jobs REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION tickwork.count_jobs();

CREATE TRIGGER count_inserted AFTER INSERT ON tickwork.jobs REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tickwork.count_jobs();

ALTER TABLE tickwork.alert_channels ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.alert_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.alert_states ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.audit ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.job_attempts ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.job_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.job_throughput ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.job_totals ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.migrations ENABLE ROW LEVEL SECURITY;

ALTER TABLE tickwork.ticks ENABLE ROW LEVEL SECURITY;

CREATE POLICY tickwork_app ON tickwork.alert_channels TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.alert_deliveries TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.alert_states TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.api_keys TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.audit TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.idempotency_keys TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.job_attempts TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.job_counts TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.jobs TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_app ON tickwork.ticks TO tickwork_app USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.alert_channels TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.alert_deliveries TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.alert_states TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.api_keys TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.audit TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.job_attempts TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.job_counts TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.job_throughput TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.job_totals TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.jobs TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.ticks TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_dashboard ON tickwork.totals_until TO tickwork_dashboard USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.alert_deliveries TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.audit TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.idempotency_keys TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.job_attempts TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.job_counts TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.job_throughput TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.job_totals TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.jobs TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_pruner ON tickwork.totals_until TO tickwork_pruner USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.alert_channels TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.alert_deliveries TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.alert_states TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.api_keys TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.job_attempts TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.job_counts TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.job_throughput TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.job_totals TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.jobs TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.ticks TO tickwork_tick USING (true) WITH CHECK (true);

CREATE POLICY tickwork_tick ON tickwork.totals_until TO tickwork_tick USING (true) WITH CHECK (true);

ALTER TABLE tickwork.totals_until ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA tickwork TO tickwork_app;
GRANT USAGE ON SCHEMA tickwork TO tickwork_dashboard;
GRANT USAGE ON SCHEMA tickwork TO tickwork_tick;
GRANT USAGE ON SCHEMA tickwork TO tickwork_pruner;
GRANT ALL ON SCHEMA tickwork TO tickwork_migrator;

REVOKE ALL ON FUNCTION tickwork.bucket(duration interval) FROM PUBLIC;
GRANT ALL ON FUNCTION tickwork.bucket(duration interval) TO tickwork_app;
GRANT ALL ON FUNCTION tickwork.bucket(duration interval) TO tickwork_dashboard;
GRANT ALL ON FUNCTION tickwork.bucket(duration interval) TO tickwork_tick;
GRANT ALL ON FUNCTION tickwork.bucket(duration interval) TO tickwork_pruner;

REVOKE ALL ON FUNCTION tickwork.count_jobs() FROM PUBLIC;
GRANT ALL ON FUNCTION tickwork.count_jobs() TO tickwork_app;
GRANT ALL ON FUNCTION tickwork.count_jobs() TO tickwork_dashboard;
GRANT ALL ON FUNCTION tickwork.count_jobs() TO tickwork_tick;
GRANT ALL ON FUNCTION tickwork.count_jobs() TO tickwork_pruner;

GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.jobs TO tickwork_app;
GRANT SELECT ON TABLE tickwork.jobs TO tickwork_dashboard;
GRANT SELECT,UPDATE ON TABLE tickwork.jobs TO tickwork_tick;
GRANT SELECT,DELETE,UPDATE ON TABLE tickwork.jobs TO tickwork_pruner;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tickwork.alert_channels TO tickwork_app;
GRANT SELECT ON TABLE tickwork.alert_channels TO tickwork_dashboard;
GRANT SELECT ON TABLE tickwork.alert_channels TO tickwork_tick;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tickwork.alert_deliveries TO tickwork_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.alert_deliveries TO tickwork_dashboard;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tickwork.alert_deliveries TO tickwork_tick;
GRANT SELECT,DELETE ON TABLE tickwork.alert_deliveries TO tickwork_pruner;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tickwork.alert_states TO tickwork_app;
GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.alert_states TO tickwork_dashboard;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tickwork.alert_states TO tickwork_tick;

GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.api_keys TO tickwork_app;
GRANT SELECT ON TABLE tickwork.api_keys TO tickwork_dashboard;
GRANT SELECT ON TABLE tickwork.api_keys TO tickwork_tick;

GRANT UPDATE(last_used_at) ON TABLE tickwork.api_keys TO tickwork_dashboard;
GRANT UPDATE(last_used_at) ON TABLE tickwork.api_keys TO tickwork_tick;

GRANT INSERT ON TABLE tickwork.audit TO tickwork_app;
GRANT SELECT ON TABLE tickwork.audit TO tickwork_dashboard;
GRANT SELECT,DELETE ON TABLE tickwork.audit TO tickwork_pruner;

GRANT SELECT,INSERT ON TABLE tickwork.idempotency_keys TO tickwork_app;
GRANT SELECT,DELETE ON TABLE tickwork.idempotency_keys TO tickwork_pruner;

GRANT SELECT ON TABLE tickwork.job_attempts TO tickwork_app;
GRANT SELECT ON TABLE tickwork.job_attempts TO tickwork_dashboard;
GRANT SELECT,INSERT ON TABLE tickwork.job_attempts TO tickwork_tick;
GRANT SELECT,DELETE ON TABLE tickwork.job_attempts TO tickwork_pruner;

GRANT INSERT ON TABLE tickwork.job_counts TO tickwork_app;
GRANT SELECT ON TABLE tickwork.job_counts TO tickwork_dashboard;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tickwork.job_counts TO tickwork_tick;
GRANT SELECT,INSERT,DELETE ON TABLE tickwork.job_counts TO tickwork_pruner;

GRANT SELECT ON TABLE tickwork.job_throughput TO tickwork_dashboard;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE tickwork.job_throughput TO tickwork_tick;
GRANT SELECT,INSERT,DELETE ON TABLE tickwork.job_throughput TO tickwork_pruner;

GRANT SELECT ON TABLE tickwork.job_totals TO tickwork_dashboard;
GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.job_totals TO tickwork_tick;
GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.job_totals TO tickwork_pruner;

GRANT SELECT ON TABLE tickwork.ticks TO tickwork_app;
GRANT SELECT ON TABLE tickwork.ticks TO tickwork_dashboard;
GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.ticks TO tickwork_tick;

GRANT SELECT ON TABLE tickwork.totals_until TO tickwork_dashboard;
GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.totals_until TO tickwork_tick;
GRANT SELECT,INSERT,UPDATE ON TABLE tickwork.totals_until TO tickwork_pruner;
