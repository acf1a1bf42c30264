-- The model: tenants, people, roles with their rubric and plan, candidates, interviews,
-- scorecards, decisions, and the append-only record of every change.
--
-- Every table begins its key with organization_id and is closed by forced row-level security;
-- references are composite, so that no row can point into another organization.
-- Run by the migration runner as assay_owner; the service itself is assay_app and owns nothing.

CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pgcrypto;

-- ---- who asks ---------------------------------------------------------------------------------

CREATE FUNCTION org() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
	RETURN nullif(current_setting('assay.organization', true), '')::uuid;
CREATE FUNCTION actor() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
	RETURN nullif(current_setting('assay.actor', true), '')::uuid;
CREATE FUNCTION actor_kind() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	RETURN nullif(current_setting('assay.actor_kind', true), '');
-- The access level that `enter` confirmed: admin, recruiter, member; client for API clients.
CREATE FUNCTION actor_level() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
	RETURN nullif(current_setting('assay.level', true), '');

-- UUIDv7: 48 bits of milliseconds, then random bits, so that keys grow to the right.
-- One expression, so that it is inlined.
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
	RETURN (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
		|| '7' || substr(gen_random_uuid()::text, 16))::uuid;

-- ---- tenants and people -----------------------------------------------------------------------

CREATE TABLE organizations (
	organization_id uuid PRIMARY KEY DEFAULT new_id(),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	slug            text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	email           text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
	email_key       text NOT NULL GENERATED ALWAYS AS (lower(email)) STORED,
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	access_level    text NOT NULL CHECK (access_level IN ('admin', 'recruiter', 'member')),
	status          text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
	password_hash   text,
	-- Grows with every change of password, access level or status: older tokens are out at once.
	token_version   bigint NOT NULL DEFAULT 1,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT users_email_key UNIQUE (organization_id, email_key)
);
CREATE INDEX users_by_email ON users (email_key);
CREATE INDEX users_list ON users (organization_id, created_at DESC, id DESC);

CREATE TABLE refresh_tokens (
	organization_id uuid NOT NULL,
	digest          text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
	family_id       uuid NOT NULL,
	user_id         uuid NOT NULL,
	token_version   bigint NOT NULL,
	issued_at       timestamptz NOT NULL DEFAULT now(),
	expires_at      timestamptz NOT NULL,
	-- When it was exchanged; shown again after the grace it revokes its family.
	spent_at        timestamptz,
	revoked_at      timestamptz,
	PRIMARY KEY (organization_id, digest),
	FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (organization_id, family_id);
CREATE INDEX refresh_tokens_user ON refresh_tokens (organization_id, user_id);

CREATE TABLE api_clients (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	secret_digest   text NOT NULL CHECK (secret_digest ~ '^[0-9a-f]{64}$'),
	scopes          text NOT NULL,
	token_version   bigint NOT NULL DEFAULT 1,
	expires_at      timestamptz,
	last_used_at    timestamptz,
	revoked_at      timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX api_clients_list ON api_clients (organization_id, created_at DESC, id DESC);

-- The names that other systems use for our objects: one per source and object, and one object
-- per name.
CREATE TABLE external_ids (
	organization_id uuid NOT NULL REFERENCES organizations,
	object_type     text NOT NULL CHECK (object_type IN ('candidate', 'role', 'application', 'user')),
	source          text NOT NULL CHECK (source ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
	external_id     text NOT NULL CHECK (char_length(external_id) BETWEEN 1 AND 200),
	object_id       uuid NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT external_ids_pkey PRIMARY KEY (organization_id, object_type, source, external_id),
	CONSTRAINT external_ids_object UNIQUE (organization_id, object_type, object_id, source)
);

-- ---- what is rated ----------------------------------------------------------------------------

CREATE TABLE competencies (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
	name_key        text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
	description     text CHECK (char_length(description) <= 2000),
	archived_at     timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT competencies_name_key UNIQUE (organization_id, name_key)
);
CREATE INDEX competencies_list ON competencies (organization_id, created_at DESC, id DESC);

CREATE TABLE rubrics (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	description     text CHECK (char_length(description) <= 4000),
	archived_at     timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT rubrics_name_key UNIQUE (organization_id, name)
);
CREATE INDEX rubrics_list ON rubrics (organization_id, created_at DESC, id DESC);

CREATE TABLE rubric_versions (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	rubric_id       uuid NOT NULL,
	number          integer NOT NULL CHECK (number >= 1),
	status          text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
	-- SHA-256 (hex) of the canonical content; what a role, a scorecard and a decision refer to.
	content_hash    text CHECK (content_hash ~ '^[0-9a-f]{64}$'),
	published_at    timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, rubric_id, number),
	FOREIGN KEY (organization_id, rubric_id) REFERENCES rubrics,
	CHECK ((status = 'published') = (content_hash IS NOT NULL AND published_at IS NOT NULL))
);
CREATE UNIQUE INDEX rubric_versions_one_draft ON rubric_versions (organization_id, rubric_id)
	WHERE status = 'draft';

CREATE TABLE rubric_criteria (
	organization_id   uuid NOT NULL,
	rubric_version_id uuid NOT NULL,
	competency_id     uuid NOT NULL,
	position          integer NOT NULL CHECK (position BETWEEN 1 AND 50),
	weight            numeric(7,4) NOT NULL CHECK (weight > 0 AND weight <= 100),
	-- The lowest acceptable mean of a must-have; NULL: not a must-have.
	must_have_level   smallint CHECK (must_have_level BETWEEN 1 AND 5),
	-- Behavioural anchors for 1 to 5.
	anchors           text[] NOT NULL CHECK (array_ndims(anchors) = 1 AND array_length(anchors, 1) = 5
		AND array_lower(anchors, 1) = 1),
	PRIMARY KEY (organization_id, rubric_version_id, competency_id),
	CONSTRAINT rubric_criteria_position_key UNIQUE (organization_id, rubric_version_id, position)
		DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT rubric_criteria_version_fkey FOREIGN KEY (organization_id, rubric_version_id)
		REFERENCES rubric_versions,
	CONSTRAINT rubric_criteria_competency_fkey FOREIGN KEY (organization_id, competency_id)
		REFERENCES competencies
);

-- A published version never changes, whoever asks.
CREATE FUNCTION refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	version_id uuid;
	org_id uuid;
BEGIN
	IF TG_TABLE_NAME = 'rubric_versions' THEN
		IF OLD.status = 'published' THEN
			RAISE EXCEPTION 'a published rubric version never changes'
				USING ERRCODE = 'integrity_constraint_violation',
				      CONSTRAINT = 'rubric_version_published';
		END IF;
	ELSE
		IF TG_OP = 'INSERT' THEN
			version_id := NEW.rubric_version_id; org_id := NEW.organization_id;
		ELSE
			version_id := OLD.rubric_version_id; org_id := OLD.organization_id;
		END IF;
		PERFORM 1 FROM rubric_versions v
		WHERE v.organization_id = org_id AND v.id = version_id AND v.status = 'published';
		IF FOUND THEN
			RAISE EXCEPTION 'a published rubric version never changes'
				USING ERRCODE = 'integrity_constraint_violation',
				      CONSTRAINT = 'rubric_version_published';
		END IF;
	END IF;
	RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER rubric_versions_immutable BEFORE UPDATE OR DELETE ON rubric_versions
	FOR EACH ROW EXECUTE FUNCTION refuse_published();
CREATE TRIGGER rubric_criteria_immutable BEFORE INSERT OR UPDATE OR DELETE ON rubric_criteria
	FOR EACH ROW EXECUTE FUNCTION refuse_published();

-- ---- roles ------------------------------------------------------------------------------------

CREATE TABLE roles (
	organization_id   uuid NOT NULL REFERENCES organizations,
	id                uuid NOT NULL DEFAULT new_id(),
	title             text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
	status            text NOT NULL DEFAULT 'open' CHECK (status IN ('draft', 'open', 'paused', 'closed')),
	level             text CHECK (char_length(level) <= 100),
	specialty         text CHECK (char_length(specialty) <= 100),
	engagement_type   text CHECK (engagement_type IN ('full_time', 'contract', 'freelance', 'outsourced')),
	location          text CHECK (char_length(location) <= 200),
	description       text CHECK (char_length(description) <= 20000),
	openings          integer NOT NULL DEFAULT 1 CHECK (openings BETWEEN 1 AND 1000),
	target_days       integer CHECK (target_days BETWEEN 1 AND 1000),
	confidential      boolean NOT NULL DEFAULT false,
	-- What a candidate for this role is evaluated on; only a published version can be pinned.
	rubric_version_id uuid,
	hire_bar          numeric(5,4) CHECK (hire_bar BETWEEN 1 AND 5),
	-- The interview plan that new applications start with; deferred, since the two are made together.
	plan_id           uuid NOT NULL,
	archived_at       timestamptz,
	version           bigint NOT NULL DEFAULT 1,
	created_at        timestamptz NOT NULL DEFAULT now(),
	updated_at        timestamptz NOT NULL DEFAULT now(),
	search            tsvector GENERATED ALWAYS AS
		(to_tsvector('simple', title || ' ' || coalesce(specialty, '') || ' ' || coalesce(level, ''))) STORED,
	PRIMARY KEY (organization_id, id),
	CONSTRAINT roles_rubric_version_fkey FOREIGN KEY (organization_id, rubric_version_id)
		REFERENCES rubric_versions
);
CREATE INDEX roles_list ON roles (organization_id, created_at DESC, id DESC);
CREATE INDEX roles_updated ON roles (organization_id, updated_at DESC, id DESC);

CREATE TABLE hiring_team_members (
	organization_id uuid NOT NULL,
	role_id         uuid NOT NULL,
	user_id         uuid NOT NULL,
	part            text NOT NULL CHECK (part IN ('hiring_manager', 'interviewer', 'shadow', 'observer')),
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, role_id, user_id),
	FOREIGN KEY (organization_id, role_id) REFERENCES roles,
	CONSTRAINT hiring_team_members_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE INDEX hiring_team_by_user ON hiring_team_members (organization_id, user_id, role_id);

-- A role's ordered stages, versioned: an application keeps the plan that it started with.
CREATE TABLE interview_plans (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	role_id         uuid NOT NULL,
	number          integer NOT NULL CHECK (number >= 1),
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, role_id, number),
	FOREIGN KEY (organization_id, role_id) REFERENCES roles DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE roles ADD CONSTRAINT roles_plan_fkey FOREIGN KEY (organization_id, plan_id)
	REFERENCES interview_plans DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE stages (
	organization_id        uuid NOT NULL,
	id                     uuid NOT NULL DEFAULT new_id(),
	plan_id                uuid NOT NULL,
	role_id                uuid NOT NULL,
	position               integer NOT NULL CHECK (position BETWEEN 1 AND 50),
	name                   text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
	method                 text NOT NULL CHECK (method IN ('screen', 'technical_interview', 'work_sample',
		'code_review', 'portfolio_review', 'behavioural_interview', 'values_interview', 'reference')),
	duration_minutes       integer NOT NULL DEFAULT 60 CHECK (duration_minutes BETWEEN 5 AND 480),
	-- How much of the application an interviewer of this stage is kept from until they submit.
	independence           text NOT NULL DEFAULT 'application'
		CHECK (independence IN ('application', 'stage', 'open')),
	candidate_instructions text CHECK (char_length(candidate_instructions) <= 10000),
	interviewer_notes      text CHECK (char_length(interviewer_notes) <= 10000),
	-- [{"question": …, "look_fors": […], "red_flags": […], "follow_ups": […]}]
	questions              jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(questions) = 'array'),
	version                bigint NOT NULL DEFAULT 1,
	created_at             timestamptz NOT NULL DEFAULT now(),
	updated_at             timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT stages_position_key UNIQUE (organization_id, plan_id, position)
		DEFERRABLE INITIALLY DEFERRED,
	FOREIGN KEY (organization_id, plan_id) REFERENCES interview_plans,
	FOREIGN KEY (organization_id, role_id) REFERENCES roles
);

CREATE TABLE stage_competencies (
	organization_id uuid NOT NULL,
	stage_id        uuid NOT NULL,
	competency_id   uuid NOT NULL,
	position        integer NOT NULL CHECK (position BETWEEN 1 AND 50),
	PRIMARY KEY (organization_id, stage_id, competency_id),
	FOREIGN KEY (organization_id, stage_id) REFERENCES stages ON DELETE CASCADE,
	CONSTRAINT stage_competencies_competency_fkey FOREIGN KEY (organization_id, competency_id)
		REFERENCES competencies
);

-- ---- candidates -------------------------------------------------------------------------------

CREATE TABLE candidates (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	email           text CHECK (char_length(email) BETWEEN 3 AND 254),
	email_key       text GENERATED ALWAYS AS (lower(email)) STORED,
	phone           text CHECK (char_length(phone) <= 40),
	location        text CHECK (char_length(location) <= 200),
	headline        text CHECK (char_length(headline) <= 300),
	summary         text CHECK (char_length(summary) <= 20000),
	links           jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(links) = 'array'),
	skills          text[] NOT NULL DEFAULT '{}' CHECK (cardinality(skills) <= 200),
	tags            text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 50),
	-- [{"title", "organization", "start", "end", "highlights"}] and the same for schools.
	experience      jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(experience) = 'array'),
	education       jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(education) = 'array'),
	archived_at     timestamptz,
	erased_at       timestamptz,
	merged_into     uuid,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	search          tsvector NOT NULL DEFAULT '',
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, merged_into) REFERENCES candidates
);
CREATE INDEX candidates_list ON candidates (organization_id, created_at DESC, id DESC);
CREATE INDEX candidates_updated ON candidates (organization_id, updated_at DESC, id DESC);
CREATE INDEX candidates_name ON candidates (organization_id, name, id);
CREATE INDEX candidates_email ON candidates (organization_id, email_key);
CREATE INDEX candidates_search ON candidates USING gin (organization_id, search) WITH (fastupdate = off);

-- The search vector follows the texts; a generated column cannot, since array_to_string is not
-- immutable.
CREATE FUNCTION candidate_search_vector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.search :=
		setweight(to_tsvector('simple', NEW.name || ' ' || coalesce(NEW.email, '')), 'A') ||
		setweight(to_tsvector('simple', coalesce(NEW.headline, '') || ' ' ||
			array_to_string(NEW.skills, ' ') || ' ' || array_to_string(NEW.tags, ' ')), 'B') ||
		setweight(to_tsvector('simple', coalesce(NEW.location, '') || ' ' ||
			left(coalesce(NEW.summary, ''), 20000)), 'C') ||
		setweight(jsonb_to_tsvector('simple', NEW.experience || NEW.education, '["string"]'), 'D');
	RETURN NEW;
END $$;
CREATE TRIGGER candidates_search_vector
	BEFORE INSERT OR UPDATE OF name, email, headline, summary, location, skills, tags, experience, education
	ON candidates FOR EACH ROW EXECUTE FUNCTION candidate_search_vector();

-- The key of the digests by which events refer to a candidate's texts. Erasure deletes it.
CREATE TABLE candidate_keys (
	organization_id uuid NOT NULL,
	candidate_id    uuid NOT NULL,
	key             bytea NOT NULL DEFAULT gen_random_bytes(32),
	PRIMARY KEY (organization_id, candidate_id),
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates
);

CREATE TABLE applications (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	candidate_id    uuid NOT NULL,
	role_id         uuid NOT NULL,
	plan_id         uuid NOT NULL,
	stage_id        uuid,
	status          text NOT NULL DEFAULT 'active' CHECK (status IN
		('active', 'paused', 'rejected', 'withdrawn', 'offered', 'hired', 'offer_declined')),
	source          text CHECK (char_length(source) <= 100),
	archived_at     timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT applications_candidate_role_key UNIQUE (organization_id, candidate_id, role_id),
	CONSTRAINT applications_candidate_fkey FOREIGN KEY (organization_id, candidate_id)
		REFERENCES candidates,
	CONSTRAINT applications_role_fkey FOREIGN KEY (organization_id, role_id) REFERENCES roles,
	FOREIGN KEY (organization_id, plan_id) REFERENCES interview_plans,
	CONSTRAINT applications_stage_fkey FOREIGN KEY (organization_id, stage_id) REFERENCES stages
);
CREATE INDEX applications_list ON applications (organization_id, created_at DESC, id DESC);
CREATE INDEX applications_updated ON applications (organization_id, updated_at DESC, id DESC);
CREATE INDEX applications_role ON applications (organization_id, role_id, created_at DESC, id DESC);
CREATE INDEX applications_role_status ON applications (organization_id, role_id, status, created_at DESC, id DESC);
CREATE INDEX applications_status ON applications (organization_id, status, created_at DESC, id DESC);
CREATE INDEX applications_stage ON applications (organization_id, stage_id, created_at DESC, id DESC);

CREATE TABLE application_moves (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	application_id  uuid NOT NULL,
	from_stage_id   uuid,
	to_stage_id     uuid,
	from_status     text,
	to_status       text NOT NULL,
	reason          text CHECK (char_length(reason) <= 2000),
	actor_kind      text NOT NULL,
	actor_id        uuid,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications
);
CREATE INDEX application_moves_from ON application_moves (organization_id, from_stage_id);
CREATE INDEX application_moves_to ON application_moves (organization_id, to_stage_id);
CREATE INDEX application_moves_list ON application_moves (organization_id, application_id, created_at DESC, id DESC);

-- ---- interviews and scorecards ----------------------------------------------------------------

CREATE TABLE interviews (
	organization_id  uuid NOT NULL,
	id               uuid NOT NULL DEFAULT new_id(),
	application_id   uuid NOT NULL,
	stage_id         uuid NOT NULL,
	role_id          uuid NOT NULL,
	status           text NOT NULL DEFAULT 'scheduled' CHECK (status IN ('scheduled', 'cancelled')),
	starts_at        timestamptz,
	duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 5 AND 480),
	location         text CHECK (char_length(location) <= 500),
	-- Whoever cancels an interview of their own stays kept from others' scorecards.
	cancelled_by     uuid,
	version          bigint NOT NULL DEFAULT 1,
	created_at       timestamptz NOT NULL DEFAULT now(),
	updated_at       timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT interviews_application_fkey FOREIGN KEY (organization_id, application_id)
		REFERENCES applications,
	CONSTRAINT interviews_stage_fkey FOREIGN KEY (organization_id, stage_id) REFERENCES stages
);
CREATE INDEX interviews_list ON interviews (organization_id, created_at DESC, id DESC);
CREATE INDEX interviews_application ON interviews (organization_id, application_id, created_at DESC, id DESC);

CREATE INDEX interviews_stage ON interviews (organization_id, stage_id);

CREATE TABLE interview_interviewers (
	organization_id uuid NOT NULL,
	interview_id    uuid NOT NULL,
	user_id         uuid NOT NULL,
	application_id  uuid NOT NULL,
	stage_id        uuid NOT NULL,
	part            text NOT NULL DEFAULT 'interviewer' CHECK (part IN ('interviewer', 'shadow')),
	-- A no-show owes no scorecard any more; a removed assignment is deleted.
	status          text NOT NULL DEFAULT 'assigned' CHECK (status IN ('assigned', 'no_show')),
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, interview_id, user_id),
	FOREIGN KEY (organization_id, interview_id) REFERENCES interviews,
	CONSTRAINT interview_interviewers_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users
);
CREATE INDEX interview_interviewers_user ON interview_interviewers (organization_id, user_id, application_id);
CREATE INDEX interview_interviewers_application ON interview_interviewers (organization_id, application_id);

CREATE TABLE scorecards (
	organization_id   uuid NOT NULL,
	id                uuid NOT NULL DEFAULT new_id(),
	interview_id      uuid NOT NULL,
	application_id    uuid NOT NULL,
	stage_id          uuid NOT NULL,
	role_id           uuid NOT NULL,
	author_id         uuid NOT NULL,
	-- Rendered for ever as it was asked.
	rubric_version_id uuid NOT NULL,
	status            text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'submitted')),
	-- By competency id: {"value": 1–5 or null, "not_assessed": boolean, "evidence": text or null}.
	-- One row holds a whole scorecard, so that it is read and fitted in one piece; competencies are
	-- those of the rubric version, which can never lose one.
	ratings           jsonb NOT NULL DEFAULT '{}',
	recommendation    text CHECK (recommendation IN ('strong_no', 'no', 'yes', 'strong_yes', 'no_decision')),
	key_takeaways     text CHECK (char_length(key_takeaways) <= 10000),
	private_note      text CHECK (char_length(private_note) <= 10000),
	-- How many revisions there are: each submission and each amendment adds one.
	revision          integer NOT NULL DEFAULT 0,
	submitted_at      timestamptz,
	version           bigint NOT NULL DEFAULT 1,
	created_at        timestamptz NOT NULL DEFAULT now(),
	updated_at        timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT scorecards_interview_author_key UNIQUE (organization_id, interview_id, author_id),
	CONSTRAINT scorecards_interviewer_fkey FOREIGN KEY (organization_id, interview_id, author_id) REFERENCES interview_interviewers
		(organization_id, interview_id, user_id),
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	FOREIGN KEY (organization_id, rubric_version_id) REFERENCES rubric_versions,
	CHECK ((status = 'submitted') = (submitted_at IS NOT NULL)),
	CHECK (status = 'draft' OR recommendation IS NOT NULL),
	CONSTRAINT scorecards_ratings_shape CHECK (jsonb_typeof(ratings) = 'object' AND NOT jsonb_path_exists(ratings,
		'$.* ? (@.type() != "object" || !exists(@.value) || !exists(@.not_assessed)
			|| (@.value != null && (@.value < 1 || @.value > 5 || @.value != @.value.floor()))
			|| (@.not_assessed == true && @.value != null))'))
);
CREATE INDEX scorecards_list ON scorecards (organization_id, created_at DESC, id DESC);
CREATE INDEX scorecards_application ON scorecards (organization_id, application_id, stage_id);
CREATE INDEX scorecards_author ON scorecards (organization_id, author_id, created_at DESC, id DESC);

-- What was submitted, and each amendment with its reason: never overwritten.
CREATE TABLE scorecard_revisions (
	organization_id uuid NOT NULL,
	scorecard_id    uuid NOT NULL,
	number          integer NOT NULL CHECK (number >= 1),
	kind            text NOT NULL CHECK (kind IN ('submission', 'amendment')),
	content         jsonb NOT NULL,
	-- Under the candidate's own key, like every digest of a text about them.
	content_hash    text NOT NULL CHECK (content_hash ~ '^[0-9a-f]{64}$'),
	reason          text CHECK (char_length(reason) BETWEEN 1 AND 2000),
	-- What its author could read of others' at that moment: ids of scorecards with revision.
	could_see       jsonb NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, scorecard_id, number),
	FOREIGN KEY (organization_id, scorecard_id) REFERENCES scorecards,
	CHECK (kind = 'submission' OR reason IS NOT NULL)
);

CREATE TABLE decisions (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	application_id  uuid NOT NULL,
	kind            text NOT NULL CHECK (kind IN ('advance', 'hire', 'no_hire')),
	level           text CHECK (char_length(level) <= 100),
	rationale       text NOT NULL CHECK (char_length(rationale) BETWEEN 1 AND 10000),
	override_reason text CHECK (char_length(override_reason) BETWEEN 1 AND 2000),
	-- The formula's word at that moment, and what it rested on: hashes of revisions and rubric.
	suggestion      text CHECK (suggestion IN ('hire', 'no_hire', 'undecided')),
	evidence        jsonb NOT NULL,
	dissent         jsonb NOT NULL DEFAULT '[]',
	reverses_id     uuid,
	decided_by      uuid NOT NULL,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT decisions_application_fkey FOREIGN KEY (organization_id, application_id)
		REFERENCES applications,
	CONSTRAINT decisions_reverses_fkey FOREIGN KEY (organization_id, reverses_id) REFERENCES decisions,
	FOREIGN KEY (organization_id, decided_by) REFERENCES users
);
CREATE INDEX decisions_application ON decisions (organization_id, application_id, created_at DESC, id DESC);

-- ---- the record -------------------------------------------------------------------------------

-- Audit trail and outbox in one; append only. Refers to people's texts by id and keyed digest.
CREATE TABLE events (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	type            text NOT NULL CHECK (type ~ '^[a-z_]+\.[a-z_]+$'),
	object_id       uuid NOT NULL,
	-- Set where the event concerns one application, so that blindness can be decided on it.
	application_id  uuid,
	actor_kind      text NOT NULL CHECK (actor_kind IN ('user', 'client', 'system')),
	actor_id        uuid,
	data            jsonb NOT NULL DEFAULT '{}',
	request_id      text,
	created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX events_recent ON events (created_at);

-- The chain: seq numbers an organization's events in the order of sealing;
-- chain = SHA-256(previous chain ‖ SHA-256(canonical event)).
CREATE TABLE event_seals (
	organization_id uuid NOT NULL,
	seq             bigint NOT NULL CHECK (seq >= 1),
	event_id        uuid NOT NULL,
	digest          bytea NOT NULL CHECK (octet_length(digest) = 32),
	chain           bytea NOT NULL CHECK (octet_length(chain) = 32),
	sealed_at       timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, seq),
	CONSTRAINT event_seals_event UNIQUE (organization_id, event_id),
	FOREIGN KEY (organization_id, event_id) REFERENCES events
);

CREATE TABLE idempotency_keys (
	organization_id uuid NOT NULL,
	scope           text NOT NULL CHECK (char_length(scope) <= 1000),
	key             text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 200),
	body_digest     text NOT NULL,
	answer          text[] NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT idempotency_keys_pkey PRIMARY KEY (organization_id, scope, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Work to be done by whichever node takes it (FOR UPDATE SKIP LOCKED). Holds ids only.
CREATE TABLE jobs (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	kind            text NOT NULL,
	object_id       uuid,
	run_after       timestamptz NOT NULL DEFAULT now(),
	attempts        integer NOT NULL DEFAULT 0,
	done_at         timestamptz,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX jobs_due ON jobs (run_after) WHERE done_at IS NULL;
