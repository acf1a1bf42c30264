-- Reading as Greenhouse's APIs are read: the numbers that stand for our ids there, and the few words
-- that are spelled otherwise. Why: docs/adr/0010.

-- ---- numbers ----------------------------------------------------------------------------------

-- The id's last 52 bits, all of them random: a whole number that JavaScript holds exactly.
CREATE FUNCTION number_of(id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ('x' || right(translate(id::text, '-', ''), 13))::bit(52)::bigint;

-- A text, such as where somebody came from, as a number.
CREATE FUNCTION number_of_text(t text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ('x' || left(md5(lower(t)), 13))::bit(52)::bigint;

CREATE INDEX candidates_number ON candidates (organization_id, number_of(id));
CREATE INDEX applications_number ON applications (organization_id, number_of(id));
CREATE INDEX roles_number ON roles (organization_id, number_of(id));
CREATE INDEX stages_number ON stages (organization_id, number_of(id));
CREATE INDEX interviews_number ON interviews (organization_id, number_of(id));
CREATE INDEX scorecards_number ON scorecards (organization_id, number_of(id));
CREATE INDEX users_number ON users (organization_id, number_of(id));
CREATE INDEX postings_number ON postings (organization_id, number_of(id));

-- The ids that numbers (`12,34`) stand for, of one of these tables. A policy keeps the expression from
-- being an index condition, so this steps around it as the searches do, with an organization of its
-- own. It tells ids only: whether the asker may see what they name, the asking statement decides.
CREATE FUNCTION numbered(tables text, numbers text) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
	found uuid[];
BEGIN
	EXECUTE format('SELECT array_agg(x.id) FROM public.%I x WHERE x.organization_id = $1'
		' AND public.number_of(x.id) = ANY ($2)', tables)
		INTO found USING org(), string_to_array(numbers, ',')::bigint[];
	RETURN coalesce(found, '{}');
END $$;

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['roles', 'stages', 'interviews', 'scorecards', 'users', 'postings'] LOOP
		EXECUTE format('CREATE POLICY numbers ON %I FOR SELECT TO assay_search USING (true)', name);
		EXECUTE format('GRANT SELECT (organization_id, id) ON %I TO assay_search', name);
	END LOOP;
END $$;
REVOKE ALL ON FUNCTION numbered FROM PUBLIC;
GRANT EXECUTE ON FUNCTION numbered TO assay_app;
GRANT CREATE ON SCHEMA public TO assay_search;
ALTER FUNCTION numbered OWNER TO assay_search;
REVOKE CREATE ON SCHEMA public FROM assay_search;

-- ---- words ------------------------------------------------------------------------------------

-- A name is one text here. There it is two: the last word, and what stands before it.
CREATE FUNCTION first_names(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN regexp_replace(btrim(name), '\s+\S+$', '');
CREATE FUNCTION last_name(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN coalesce(substring(btrim(name) FROM '\s(\S+)$'), '');

CREATE FUNCTION harvest_status(status text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN status IN ('active', 'paused', 'offered') THEN 'active'
		WHEN status = 'hired' THEN 'hired' ELSE 'rejected' END;
CREATE FUNCTION harvest_statuses(status text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE status WHEN 'active' THEN '{active,paused,offered}'::text[]
		WHEN 'hired' THEN '{hired}'::text[]
		WHEN 'rejected' THEN '{rejected,withdrawn,offer_declined}'::text[] ELSE '{}'::text[] END;

CREATE FUNCTION harvest_recommendation(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE word WHEN 'strong_no' THEN 'definitely_not' ELSE coalesce(word, 'no_decision') END;
CREATE FUNCTION harvest_rating(value numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE value WHEN 1 THEN 'definitely_not' WHEN 2 THEN 'no' WHEN 3 THEN 'mixed' WHEN 4 THEN 'yes'
		WHEN 5 THEN 'strong_yes' ELSE 'no_decision' END;

-- What another system calls it; NULL where it says nothing.
CREATE FUNCTION external_id_of(kind text, object uuid, given_by text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT x.external_id FROM external_ids x WHERE x.organization_id = org()
		AND x.object_type = kind AND x.object_id = object AND x.source = given_by);
END $$;

-- A person who works here, as others' objects name them.
CREATE FUNCTION harvest_user(person uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT json_build_object('id', number_of(u.id), 'first_name', first_names(u.name),
			'last_name', last_name(u.name), 'name', u.name,
			'employee_id', external_id_of('user', u.id, 'employee'))
		FROM users u WHERE u.organization_id = org() AND u.id = person);
END $$;

-- An application as v1 tells it, by itself and within its candidate. Whether the asker may see it, the
-- asking statement decides.
CREATE FUNCTION harvest_application(application uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT json_build_object('id', number_of(a.id), 'candidate_id', number_of(a.candidate_id),
			'prospect', false, 'applied_at', json_time(a.created_at),
			'rejected_at', CASE WHEN harvest_status(a.status) = 'rejected' THEN
				(SELECT json_time(m.created_at) FROM application_moves m WHERE m.organization_id = org()
					AND m.application_id = a.id AND m.to_status IS DISTINCT FROM m.from_status
				ORDER BY m.created_at DESC, m.id DESC LIMIT 1) END,
			'last_activity_at', json_time(a.updated_at), 'location', NULL,
			'source', CASE WHEN a.source IS NOT NULL AND 'source' <> ALL (hidden_of(a.candidate_id))
				THEN json_build_object('id', number_of_text(a.source), 'public_name', a.source) END,
			'credited_to', NULL, 'recruiter', NULL, 'coordinator', NULL, 'rejection_reason', NULL,
			'rejection_details', NULL,
			'jobs', json_build_array(json_build_object('id', number_of(r.id), 'name', r.title)),
			'job_post_id', number_of(p.posting_id), 'status', harvest_status(a.status),
			'current_stage', CASE WHEN t.id IS NOT NULL
				THEN json_build_object('id', number_of(t.id), 'name', t.name) END,
			'answers', (SELECT coalesce(json_agg(json_build_object('question', q.one ->> 'question',
					'answer', q.one ->> 'answer') ORDER BY q.place), '[]')
				FROM jsonb_array_elements(p.answers) WITH ORDINALITY AS q(one, place)
				WHERE 'resume' <> ALL (hidden_of(a.candidate_id))),
			'prospective_office', NULL, 'prospective_department', NULL,
			'prospect_detail', json_build_object('prospect_pool', NULL, 'prospect_stage', NULL,
				'prospect_owner', NULL),
			'custom_fields', json_build_object(), 'keyed_custom_fields', json_build_object(),
			'attachments', json_build_array())
		FROM applications a
		JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
		LEFT JOIN stages t ON t.organization_id = a.organization_id AND t.id = a.stage_id
		LEFT JOIN posting_applications p ON p.organization_id = a.organization_id AND p.application_id = a.id
		WHERE a.organization_id = org() AND a.id = application);
END $$;

-- A question's field as the Job Board API has it; of a choice each value's number is its place.
CREATE FUNCTION board_field(name text, type text, choices jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN jsonb_build_array(jsonb_build_object('name', name, 'type', type, 'description', NULL, 'values',
		coalesce((SELECT jsonb_agg(jsonb_build_object('value', c.place - 1, 'label', c.one, 'name', c.one)
			ORDER BY c.place) FROM jsonb_array_elements_text(choices) WITH ORDINALITY AS c(one, place)), '[]')));
