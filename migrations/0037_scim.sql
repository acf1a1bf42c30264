-- What a company's directory says of its people (SCIM 2.0). Why: docs/adr/0013.

-- ---- what it calls them -----------------------------------------------------------------------

ALTER TABLE users
	-- What the directory calls somebody where that is not their address.
	ADD COLUMN scim_user_name text CHECK (char_length(scim_user_name) BETWEEN 1 AND 254),
	ADD COLUMN scim_user_name_key text GENERATED ALWAYS AS (lower(scim_user_name)) STORED,
	ADD COLUMN scim_given_name text CHECK (char_length(scim_given_name) <= 200),
	ADD COLUMN scim_family_name text CHECK (char_length(scim_family_name) <= 200),
	ADD COLUMN scim_display_name text CHECK (char_length(scim_display_name) <= 200),
	-- The name that was made of these: a name changed here since is another one, and they are stale.
	ADD COLUMN scim_name text CHECK (char_length(scim_name) <= 200),
	-- The directory deleted them: disabled, and unknown to it until they come back.
	ADD COLUMN scim_removed_at timestamptz,
	ADD CONSTRAINT users_scim_user_name_key UNIQUE (organization_id, scim_user_name_key);

-- ---- how they are told ------------------------------------------------------------------------

-- What the directory said of a name holds as long as it is the name. Else it is split: the last word,
-- and what stands before it.
CREATE FUNCTION scim_is_fresh(u users) RETURNS boolean LANGUAGE sql IMMUTABLE
	RETURN coalesce(u.scim_name = u.name, false);
CREATE FUNCTION scim_has_parts(u users) RETURNS boolean LANGUAGE sql IMMUTABLE
	RETURN scim_is_fresh(u) AND coalesce(u.scim_given_name, u.scim_family_name) IS NOT NULL;
CREATE FUNCTION scim_given_name(u users) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN scim_has_parts(u) THEN u.scim_given_name
		WHEN last_name(u.name) <> '' THEN first_names(u.name) END;
CREATE FUNCTION scim_family_name(u users) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN scim_has_parts(u) THEN u.scim_family_name
		ELSE coalesce(nullif(last_name(u.name), ''), u.name) END;
CREATE FUNCTION scim_formatted_name(u users) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN scim_has_parts(u) AND u.scim_display_name IS NOT NULL
		THEN concat_ws(' ', u.scim_given_name, u.scim_family_name) ELSE u.name END;

-- By the names that filters and orders use. The key of a value with one of a kind stands without its index.
CREATE FUNCTION scim_attributes(u users, external_id text) RETURNS jsonb LANGUAGE sql STABLE
	RETURN jsonb_build_object('id', u.id, 'externalId', external_id,
		'userName', coalesce(u.scim_user_name, u.email), 'displayName', u.name,
		'name.formatted', scim_formatted_name(u), 'name.familyName', scim_family_name(u),
		'name.givenName', scim_given_name(u), 'emails.value', u.email, 'emails.type', 'work',
		'emails.primary', true, 'active', u.status = 'active', 'roles.value', u.access_level,
		'roles.primary', true, 'meta.created', json_time(u.created_at),
		'meta.lastModified', json_time(u.updated_at));

CREATE FUNCTION scim_resource(u users, external_id text) RETURNS json LANGUAGE sql STABLE
	RETURN json_strip_nulls(json_build_object(
		'schemas', json_build_array('urn:ietf:params:scim:schemas:core:2.0:User'),
		'id', u.id, 'externalId', external_id, 'userName', coalesce(u.scim_user_name, u.email),
		'name', json_build_object('formatted', scim_formatted_name(u),
			'familyName', scim_family_name(u), 'givenName', scim_given_name(u)),
		'displayName', u.name,
		'emails', json_build_array(json_build_object('value', u.email, 'type', 'work', 'primary', true)),
		'active', u.status = 'active',
		'roles', json_build_array(json_build_object('value', u.access_level, 'primary', true)),
		'meta', json_build_object('resourceType', 'User', 'created', json_time(u.created_at),
			'lastModified', json_time(u.updated_at), 'version', concat('W/"', u.version, '"'))));

-- ---- filters ----------------------------------------------------------------------------------

-- Whether a user, by the names of RFC 7643, is one that the filter finds. The filter was read and
-- bounded before: {"op": "and", "of": […]}, {"op": "eq", "at": "userName", "is": "text", "value": "x"}.
CREATE FUNCTION scim_matches(f jsonb, u jsonb) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
	op   CONSTANT text := f ->> 'op';
	have text := u ->> (f ->> 'at');
	want text := f ->> 'value';
	part jsonb;
BEGIN
	IF op IN ('and', 'or') THEN
		FOR part IN SELECT jsonb_array_elements(f -> 'of') LOOP
			IF scim_matches(part, u) = (op = 'or') THEN
				RETURN op = 'or';
			END IF;
		END LOOP;
		RETURN op = 'and';
	ELSIF op = 'not' THEN
		RETURN NOT scim_matches(f -> 'of' -> 0, u);
	ELSIF op = 'pr' THEN
		RETURN coalesce(have, '') <> '';
	ELSIF op = 'ne' THEN
		RETURN NOT scim_matches(f || '{"op": "eq"}', u);
	ELSIF have IS NULL OR want IS NULL THEN
		RETURN op = 'eq' AND have IS NULL AND want IS NULL;
	ELSIF f ->> 'is' = 'time' THEN
		RETURN CASE op WHEN 'eq' THEN have::timestamptz = want::timestamptz
			WHEN 'gt' THEN have::timestamptz > want::timestamptz
			WHEN 'ge' THEN have::timestamptz >= want::timestamptz
			WHEN 'lt' THEN have::timestamptz < want::timestamptz
			ELSE have::timestamptz <= want::timestamptz END;
	ELSIF f ->> 'is' = 'text' THEN
		have := lower(have);
		want := lower(want);
	END IF;
	RETURN CASE op WHEN 'eq' THEN have = want
		WHEN 'co' THEN position(want IN have) > 0
		WHEN 'sw' THEN starts_with(have, want)
		WHEN 'ew' THEN right(have, char_length(want)) = want
		WHEN 'gt' THEN have > want COLLATE "C"
		WHEN 'ge' THEN have >= want COLLATE "C"
		WHEN 'lt' THEN have < want COLLATE "C"
		ELSE have <= want COLLATE "C" END;
END $$;
