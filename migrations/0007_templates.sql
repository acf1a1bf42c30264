-- Opening a role: career ladders, and what a role keeps of its intake, its disclosures and its pay.

CREATE TABLE ladders (
	organization_id uuid NOT NULL REFERENCES organizations,
	id              uuid NOT NULL DEFAULT new_id(),
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
	name_key        text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
	description     text CHECK (char_length(description) <= 4000),
	-- The template that it was copied from, if it was.
	template        text CHECK (char_length(template) <= 80),
	archived_at     timestamptz,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, id),
	CONSTRAINT ladders_name_key UNIQUE (organization_id, name_key)
);
CREATE INDEX ladders_list ON ladders (organization_id, created_at DESC, id DESC);
CREATE INDEX ladders_by_name ON ladders (organization_id, name, id);

-- A level is known by its name within the ladder, since that is how a role speaks of it. Years may
-- overlap or leave gaps between levels: people differ, and so do the guides.
CREATE TABLE ladder_levels (
	organization_id uuid NOT NULL,
	ladder_id       uuid NOT NULL,
	name            text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
	position        integer NOT NULL CHECK (position BETWEEN 1 AND 20),
	years_from      numeric(4, 1) CHECK (years_from >= 0),
	-- NULL: open.
	years_to        numeric(4, 1),
	scope           text CHECK (char_length(scope) <= 2000),
	tagline         text CHECK (char_length(tagline) <= 200),
	signals         text[] NOT NULL DEFAULT '{}',
	-- [{"heading": …, "items": […]}]
	expectations    jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(expectations) = 'array'),
	PRIMARY KEY (organization_id, ladder_id, name),
	CONSTRAINT ladder_levels_position_key UNIQUE (organization_id, ladder_id, position)
		DEFERRABLE INITIALLY DEFERRED,
	CONSTRAINT ladder_levels_years_check CHECK (years_to >= years_from),
	FOREIGN KEY (organization_id, ladder_id) REFERENCES ladders
);

-- The band is {min, max, currency, period, source, as_of}; intake the answers of the questionnaire;
-- disclosures {key: {state, text}}. Their inner form is the API document's.
ALTER TABLE roles
	ADD COLUMN ladder_id uuid,
	ADD COLUMN salary_band jsonb,
	ADD COLUMN intake jsonb CHECK (jsonb_typeof(intake) = 'object'),
	ADD COLUMN intake_at timestamptz,
	ADD COLUMN disclosures jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(disclosures) = 'object'),
	ADD CONSTRAINT roles_salary_band_check CHECK (
		(salary_band ->> 'min')::numeric <= (salary_band ->> 'max')::numeric),
	ADD CONSTRAINT roles_ladder_fkey FOREIGN KEY (organization_id, ladder_id) REFERENCES ladders,
	-- With a ladder, the level is one of its levels.
	ADD CONSTRAINT roles_ladder_level_fkey FOREIGN KEY (organization_id, ladder_id, level)
		REFERENCES ladder_levels (organization_id, ladder_id, name);
CREATE INDEX roles_by_ladder ON roles (organization_id, ladder_id, level) WHERE ladder_id IS NOT NULL;

-- Who was hired, and when: few of all moves.
CREATE INDEX application_moves_hired ON application_moves (organization_id, application_id, created_at)
	WHERE to_status = 'hired';

-- The view's r.* were the columns of its day.
CREATE OR REPLACE VIEW visible_roles WITH (security_invoker = true) AS
	SELECT r.* FROM roles r
	WHERE r.organization_id = org()
		AND (NOT r.confidential OR actor_level() IN ('admin', 'system')
			OR (SELECT true FROM hiring_team_members m
				WHERE m.organization_id = r.organization_id AND m.role_id = r.id
					AND m.user_id = actor()));

-- The day from which a band is too old to go by: a year after the day that it speaks of.
CREATE FUNCTION salary_stale_from(band jsonb) RETURNS date LANGUAGE sql IMMUTABLE
	RETURN (band ->> 'as_of')::date + 365;

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['ladders', 'ladder_levels'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', name);
	END LOOP;
END $$;
