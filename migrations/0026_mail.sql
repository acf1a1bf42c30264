-- Mail: a queue of messages, filled by the events that cause them, in their transaction; the texts that
-- an organization made its own; links that set a password; and who wishes no reminders.
--
-- A message names what it is about by id. What it says is read when it leaves, with the eyes of whoever
-- gets it, so that nothing outdated and nothing that they may not read is sent, and an erasure has
-- nothing to look for but rows.

-- ---- how an organization writes ---------------------------------------------------------------

CREATE TABLE mail_settings (
	organization_id uuid PRIMARY KEY REFERENCES organizations,
	language        text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'de')),
	reply_to        text CHECK (char_length(reply_to) BETWEEN 3 AND 254),
	-- 1 is what everyone begins with, without a row.
	version         bigint NOT NULL DEFAULT 2,
	updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE mail_templates (
	organization_id uuid NOT NULL REFERENCES organizations,
	template        text NOT NULL,
	language        text NOT NULL CHECK (language IN ('en', 'de')),
	-- Both empty once it was reset: the row stays, so that its version never comes back.
	subject         text CHECK (char_length(subject) BETWEEN 1 AND 200),
	text            text CHECK (char_length(text) BETWEEN 1 AND 10000),
	version         bigint NOT NULL DEFAULT 2,
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, template, language),
	CHECK ((subject IS NULL) = (text IS NULL))
);

-- Which kinds of message are sent at all, where that is not as they come.
CREATE TABLE mail_switches (
	organization_id uuid NOT NULL REFERENCES organizations,
	template        text NOT NULL,
	enabled         boolean NOT NULL,
	version         bigint NOT NULL DEFAULT 1,
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, template)
);

CREATE FUNCTION mail_enabled(organization uuid, kind text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT s.enabled FROM mail_switches s
		WHERE s.organization_id = organization AND s.template = kind), kind <> 'survey');
END $$;

ALTER TABLE user_preferences
	ADD COLUMN mail_reminders boolean NOT NULL DEFAULT true,
	ADD COLUMN mail_mentions boolean NOT NULL DEFAULT true;

-- ---- the queue --------------------------------------------------------------------------------

-- next_at: when it is next to be taken. While it is being sent that is the end of the sender's lease,
-- after which it is taken to be dead; a message that is over has none.
CREATE TABLE mail_messages (
	organization_id uuid NOT NULL,
	id              uuid NOT NULL DEFAULT new_id(),
	template        text NOT NULL CHECK (template IN ('invitation', 'password_reset',
		'interview_candidate', 'interview_interviewer', 'interview_cancelled', 'scorecard_due',
		'mention', 'candidate_link', 'survey', 'letter')),
	-- Who gets it: the user, or else the candidate.
	user_id         uuid,
	candidate_id    uuid,
	application_id  uuid,
	object_id       uuid NOT NULL,
	state           text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent',
		'captured', 'not_sent', 'failed', 'bounced')),
	-- Why it was not sent, or what the server said last.
	reason          text CHECK (char_length(reason) <= 500),
	language        text,
	attempts        integer NOT NULL DEFAULT 0,
	next_at         timestamptz DEFAULT now(),
	-- As it would have gone out, where it was captured.
	content         text,
	version         bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	finished_at     timestamptz,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, user_id) REFERENCES users,
	FOREIGN KEY (organization_id, candidate_id) REFERENCES candidates,
	FOREIGN KEY (organization_id, application_id) REFERENCES applications,
	CHECK (num_nonnulls(user_id, candidate_id) >= 1),
	CHECK ((state IN ('queued', 'sending')) = (next_at IS NOT NULL))
);
CREATE INDEX mail_messages_next ON mail_messages (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX mail_messages_list ON mail_messages (organization_id, created_at DESC, id DESC);
CREATE INDEX mail_messages_object ON mail_messages (organization_id, object_id);
CREATE INDEX mail_messages_candidate ON mail_messages (organization_id, candidate_id);
CREATE INDEX mail_messages_application ON mail_messages (organization_id, application_id);

-- One more, unless the same still waits: it will say what holds when it leaves. A waiting one is held
-- until this transaction ends, so that none leaves with what was true before.
CREATE FUNCTION mail_queue(organization uuid, kind text, person uuid, candidate uuid, application uuid,
	object uuid, later interval DEFAULT '0') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF NOT mail_enabled(organization, kind) THEN
		RETURN;
	END IF;
	IF kind LIKE 'interview%' THEN
		PERFORM FROM mail_messages m
		WHERE m.organization_id = organization AND m.object_id = object AND m.template = kind
			AND m.user_id IS NOT DISTINCT FROM person AND m.state = 'queued' AND m.attempts = 0
		FOR UPDATE SKIP LOCKED;
		IF FOUND THEN
			RETURN;
		END IF;
	END IF;
	INSERT INTO mail_messages (organization_id, template, user_id, candidate_id, application_id,
		object_id, next_at)
	VALUES (organization, kind, person, candidate, application, object, now() + later);
END $$;

-- Of an interview that lies ahead: to these people, or to all who are on it and the candidate.
CREATE FUNCTION mail_of_interview(organization uuid, interview uuid, person uuid, cancelled boolean)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mail_queue(organization, CASE WHEN cancelled THEN 'interview_cancelled'
			ELSE 'interview_interviewer' END, ii.user_id, NULL, i.application_id, i.id)
	FROM interviews i
	JOIN interview_interviewers ii ON ii.organization_id = i.organization_id AND ii.interview_id = i.id
	WHERE i.organization_id = organization AND i.id = interview AND i.starts_at > now()
		AND ii.status = 'assigned' AND (person IS NULL OR ii.user_id = person);
	PERFORM mail_queue(organization, CASE WHEN cancelled THEN 'interview_cancelled'
			ELSE 'interview_candidate' END, NULL, a.candidate_id, a.id, i.id)
	FROM interviews i
	JOIN applications a ON a.organization_id = i.organization_id AND a.id = i.application_id
	JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
	WHERE i.organization_id = organization AND i.id = interview AND i.starts_at > now()
		AND person IS NULL AND c.email IS NOT NULL;
END $$;

CREATE FUNCTION mail_of_application(e events, kind text, later interval) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM mail_queue(e.organization_id, kind, NULL, a.candidate_id, a.id, a.id, later)
	FROM applications a
	JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
	WHERE a.organization_id = e.organization_id AND a.id = e.application_id AND c.email IS NOT NULL;
END $$;

CREATE FUNCTION mail_from_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	o CONSTANT uuid := NEW.organization_id;
BEGIN
	IF NEW.type IN ('user.created', 'user.invited') THEN
		PERFORM mail_queue(o, 'invitation', u.id, NULL, NULL, u.id) FROM users u
		WHERE u.organization_id = o AND u.id = NEW.object_id AND u.password_hash IS NULL
			AND u.status = 'active';
	ELSIF NEW.type = 'user.password_forgotten' THEN
		PERFORM mail_queue(o, 'password_reset', NEW.object_id, NULL, NULL, NEW.object_id)
		WHERE NOT EXISTS (SELECT FROM mail_messages m WHERE m.organization_id = o
			AND m.object_id = NEW.object_id AND m.template = 'password_reset'
			AND m.created_at > now() - interval '5 minutes');
	ELSIF NEW.type IN ('scorecard.due', 'scorecard.reminded') THEN
		PERFORM mail_queue(o, 'scorecard_due', (NEW.data ->> 'user_id')::uuid, NULL,
			NEW.application_id, NEW.object_id);
	ELSIF NEW.type = 'note.mentioned' THEN
		IF (NEW.data ->> 'user_id')::uuid IS DISTINCT FROM NEW.actor_id THEN
			PERFORM mail_queue(o, 'mention', (NEW.data ->> 'user_id')::uuid,
				(NEW.data ->> 'candidate_id')::uuid, NEW.application_id, NEW.object_id);
		END IF;
	ELSIF NEW.type IN ('interview.scheduled', 'interview.rescheduled', 'interview.cancelled') THEN
		PERFORM mail_of_interview(o, NEW.object_id, NULL, NEW.type = 'interview.cancelled');
	ELSIF NEW.type IN ('interviewer.assigned', 'interviewer.substituted') THEN
		PERFORM mail_of_interview(o, NEW.object_id,
			coalesce(NEW.data ->> 'by_user_id', NEW.data ->> 'user_id')::uuid, false);
	ELSIF NEW.type = 'letter.released' THEN
		PERFORM mail_of_application(NEW, 'letter', '0');
	ELSIF NEW.type = 'candidate_link.sent' THEN
		PERFORM mail_of_application(NEW, 'candidate_link', '0');
	ELSE
		PERFORM mail_of_application(NEW, 'survey', '1 day');
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER events_mail AFTER INSERT ON events
	FOR EACH ROW WHEN (NEW.type IN ('user.created', 'user.invited', 'user.password_forgotten',
		'scorecard.due', 'scorecard.reminded', 'note.mentioned', 'interview.scheduled',
		'interview.rescheduled', 'interview.cancelled', 'interviewer.assigned',
		'interviewer.substituted', 'letter.released', 'candidate_link.sent', 'application.rejected',
		'application.withdrawn', 'application.hired', 'application.offer_declined'))
	EXECUTE FUNCTION mail_from_event();

-- ---- links ------------------------------------------------------------------------------------

-- With one a user sets their password, once. Kept as a digest; the link itself is in the mail alone.
CREATE TABLE password_links (
	organization_id uuid NOT NULL,
	digest          text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
	user_id         uuid NOT NULL,
	expires_at      timestamptz NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, digest),
	FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX password_links_user ON password_links (organization_id, user_id);

-- A password, an address, a level or a status that is another one ends those that are out.
CREATE FUNCTION end_password_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM password_links l
	WHERE l.organization_id = NEW.organization_id AND l.user_id = NEW.id;
	RETURN NULL;
END $$;
CREATE TRIGGER users_end_password_links AFTER UPDATE OF email, status, token_version ON users
	FOR EACH ROW WHEN (OLD.email <> NEW.email OR OLD.status <> NEW.status
		OR OLD.token_version <> NEW.token_version)
	EXECUTE FUNCTION end_password_links();

-- With one a user wishes no more of a kind of message.
CREATE TABLE mail_unsubscribes (
	organization_id uuid NOT NULL,
	digest          text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
	user_id         uuid NOT NULL,
	kind            text NOT NULL CHECK (kind IN ('reminders', 'mentions')),
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (organization_id, digest),
	FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE
);

-- ---- sending ----------------------------------------------------------------------------------

-- A moment as everybody reads it alike, with the zone that it is told in.
CREATE FUNCTION mail_time(t timestamptz, zone text) RETURNS text LANGUAGE sql STABLE
	RETURN to_char(t AT TIME ZONE coalesce(zone, 'UTC'), 'YYYY-MM-DD HH24:MI')
		|| ' (' || coalesce(zone, 'UTC') || ')';

-- What a message to a user says, as they may read it now; NULL: they may not, or it is over. For
-- whoever was entered.
CREATE FUNCTION mail_facts_for_user(m mail_messages) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF m.template IN ('invitation', 'password_reset') THEN
		RETURN (SELECT '{}'::jsonb FROM users u
			WHERE u.organization_id = m.organization_id AND u.id = m.user_id
				AND CASE m.template WHEN 'invitation' THEN u.password_hash IS NULL
					-- Sent once more it would bring back a link that was used.
					ELSE m.created_at > now() - interval '1 day' AND NOT EXISTS (SELECT FROM events e
						WHERE e.organization_id = m.organization_id AND e.object_id = u.id
							AND e.type IN ('user.password_changed', 'user.password_set')
							AND e.created_at > m.created_at) END);
	END IF;
	IF m.template = 'mention' THEN
		RETURN (SELECT jsonb_build_object('author', u.name, 'candidate', c.name,
				'path', '/candidates/' || c.id)
			FROM visible_notes n
			JOIN candidates c ON c.organization_id = n.organization_id AND c.id = n.candidate_id
			JOIN users u ON u.organization_id = n.organization_id AND u.id = n.author_id
			WHERE n.organization_id = m.organization_id AND n.id = m.object_id);
	END IF;
	RETURN (SELECT jsonb_build_object('candidate', shown_candidate(i.application_id), 'role', r.title,
			'stage', t.name, 'when', mail_time(i.starts_at, i.time_zone),
			'minutes', i.duration_minutes::text,
			'place', CASE WHEN is_masked(i.application_id) THEN NULL ELSE i.location END,
			'path', '/interviews/' || i.id)
		FROM interviews i
		JOIN interview_interviewers ii ON ii.organization_id = i.organization_id
			AND ii.interview_id = i.id AND ii.user_id = m.user_id AND ii.status = 'assigned'
		JOIN roles r ON r.organization_id = i.organization_id AND r.id = i.role_id
		JOIN stages t ON t.organization_id = i.organization_id AND t.id = i.stage_id
		WHERE i.organization_id = m.organization_id AND i.id = m.object_id
			AND CASE m.template WHEN 'interview_cancelled' THEN i.status = 'cancelled'
				WHEN 'interview_interviewer' THEN i.status = 'scheduled' AND i.starts_at > now()
				ELSE EXISTS (SELECT FROM my_owed_interviews o
					WHERE o.organization_id = i.organization_id AND o.interview_id = i.id AND o.due)
			END);
END $$;

CREATE FUNCTION mail_facts_for_candidate(m mail_messages) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('candidate', c.name, 'role', r.title, 'stage', t.name,
			'when', mail_time(i.starts_at, i.time_zone), 'minutes', i.duration_minutes::text,
			'place', i.location)
		FROM applications a
		JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
		JOIN roles r ON r.organization_id = a.organization_id AND r.id = a.role_id
		LEFT JOIN interviews i ON i.organization_id = a.organization_id AND i.id = m.object_id
		LEFT JOIN stages t ON t.organization_id = i.organization_id AND t.id = i.stage_id
		WHERE a.organization_id = m.organization_id AND a.id = m.application_id
			AND CASE m.template WHEN 'interview_candidate'
					THEN i.status = 'scheduled' AND i.starts_at > now()
				WHEN 'interview_cancelled' THEN i.status = 'cancelled'
				WHEN 'letter' THEN EXISTS (SELECT FROM feedback_letters f
					WHERE f.organization_id = a.organization_id AND f.application_id = a.id
						AND f.status = 'released')
				WHEN 'survey' THEN
					a.status IN ('rejected', 'withdrawn', 'hired', 'offer_declined')
					AND NOT EXISTS (SELECT FROM survey_answers s
						WHERE s.organization_id = a.organization_id AND s.application_id = a.id)
				ELSE a.status NOT IN ('rejected', 'withdrawn', 'hired', 'offer_declined') END);
END $$;

-- Takes a message for so long; no row: another has it, or it is over. `refused` says why it is not to
-- be sent; the sender sets it aside then. Leaves the session entered as the system.
CREATE FUNCTION mail_take(organization uuid, message uuid, lease interval)
RETURNS TABLE (template text, language text, attempts integer, address text, name text,
	organization_name text, reply_to text, subject text, body text, facts jsonb, refused text,
	sandbox boolean, stops text, person uuid)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	m mail_messages;
	u users;
	c candidates;
	said jsonb;
	why text;
	stopped text;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	SELECT q.* INTO m FROM mail_messages q
	WHERE q.organization_id = organization AND q.id = message AND q.next_at <= now()
	FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	stopped := CASE m.template WHEN 'scorecard_due' THEN 'reminders' WHEN 'mention' THEN 'mentions' END;
	IF m.user_id IS NOT NULL THEN
		SELECT p.* INTO u FROM users p WHERE p.organization_id = organization AND p.id = m.user_id;
		IF u.status <> 'active' THEN
			why := 'recipient_left';
		ELSIF EXISTS (SELECT FROM user_preferences p
			WHERE p.organization_id = organization AND p.user_id = u.id
				AND NOT CASE stopped WHEN 'reminders' THEN p.mail_reminders
					WHEN 'mentions' THEN p.mail_mentions ELSE true END) THEN
			why := 'unsubscribed';
		ELSE
			PERFORM enter(organization, 'user', u.id, u.token_version, NULL);
			said := mail_facts_for_user(m);
			PERFORM enter(organization, 'system', NULL, 0, NULL);
		END IF;
	ELSE
		SELECT p.* INTO c FROM applications a
		JOIN candidates p ON p.organization_id = a.organization_id AND p.id = a.candidate_id
		WHERE a.organization_id = organization AND a.id = m.application_id;
		IF c.email IS NULL THEN
			why := 'no_address';
		ELSE
			said := mail_facts_for_candidate(m);
		END IF;
	END IF;
	IF NOT mail_enabled(organization, m.template) THEN
		why := 'switched_off';
	END IF;
	RETURN QUERY
	WITH taken AS (
		UPDATE mail_messages q SET state = 'sending', attempts = q.attempts + 1,
			next_at = now() + lease, version = q.version + 1,
			language = coalesce(s.language, 'en')
		FROM organizations o
		LEFT JOIN mail_settings s ON s.organization_id = o.organization_id
		WHERE o.organization_id = organization AND q.organization_id = organization
			AND q.id = message
		RETURNING q.language, q.attempts, o.name AS organization_name, o.kind, s.reply_to
	)
	SELECT m.template, t.language, t.attempts, coalesce(u.email, c.email), coalesce(u.name, c.name),
		t.organization_name, t.reply_to, x.subject, x.text,
		said || jsonb_build_object('name', coalesce(u.name, c.name),
			'organization', t.organization_name),
		coalesce(why, CASE WHEN said IS NULL THEN 'no_longer' END), t.kind = 'sandbox', stopped, m.user_id
	FROM taken t
	LEFT JOIN mail_templates x ON x.organization_id = organization AND x.template = m.template
		AND x.language = t.language;
END $$;

-- Makes a message's links hold: what its link is depends on the message alone, so that every attempt
-- carries the same.
CREATE FUNCTION mail_links(organization uuid, message uuid, link text, stop text, stops text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	m mail_messages;
	l candidate_links;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	SELECT q.* INTO m FROM mail_messages q WHERE q.organization_id = org() AND q.id = message;
	IF m.template IN ('invitation', 'password_reset') THEN
		INSERT INTO password_links AS p (organization_id, digest, user_id, expires_at)
		VALUES (org(), link, m.user_id, now() + CASE m.template WHEN 'invitation'
			THEN interval '7 days' ELSE interval '1 hour' END)
		ON CONFLICT (organization_id, digest) DO UPDATE SET expires_at = excluded.expires_at;
	ELSIF m.user_id IS NULL AND link IS NOT NULL THEN
		INSERT INTO candidate_links (organization_id, application_id, digest, expires_at)
		VALUES (org(), m.application_id, link, now() + interval '30 days')
		ON CONFLICT (organization_id, digest) DO NOTHING
		RETURNING * INTO l;
		IF l.id IS NOT NULL THEN
			INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, data)
			VALUES (org(), 'candidate_link.created', l.id, l.application_id, 'system',
				jsonb_build_object('version', l.version));
		END IF;
	END IF;
	IF stops IS NOT NULL THEN
		INSERT INTO mail_unsubscribes (organization_id, digest, user_id, kind)
		VALUES (org(), stop, m.user_id, stops)
		ON CONFLICT DO NOTHING;
	END IF;
END $$;

-- How an attempt ended; a wait makes it another one. A lease that another has taken over is theirs.
CREATE FUNCTION mail_done(organization uuid, message uuid, attempt integer, outcome text, said text,
	wait interval, captured text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	m mail_messages;
BEGIN
	PERFORM enter(organization, 'system', NULL, 0, NULL);
	UPDATE mail_messages q SET state = outcome, reason = left(said, 500), version = q.version + 1,
		next_at = CASE WHEN outcome = 'queued' THEN now() + wait END, content = captured,
		finished_at = CASE WHEN outcome <> 'queued' THEN now() END
	WHERE q.organization_id = organization AND q.id = message AND q.state = 'sending'
		AND q.attempts = attempt
	RETURNING q.* INTO m;
	IF m.state IN ('bounced', 'failed') THEN
		INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, data)
		VALUES (organization, 'mail_message.' || m.state, m.id, m.application_id, 'system',
			jsonb_build_object('version', m.version, 'template', m.template));
	END IF;
END $$;

-- Where nothing is sent: what is due is set aside, so that it does not all leave on the day that mail
-- is set up. Run as assay_worker; returns how many.
CREATE FUNCTION mail_set_aside(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	n integer;
BEGIN
	UPDATE mail_messages q SET state = 'not_sent', reason = 'mail_off', next_at = NULL,
		finished_at = now()
	WHERE (q.organization_id, q.id) IN (SELECT d.organization_id, d.id FROM mail_messages d
		WHERE d.next_at <= now() ORDER BY d.next_at LIMIT most FOR UPDATE SKIP LOCKED);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;

-- ---- erasure ----------------------------------------------------------------------------------

CREATE FUNCTION erase_candidate_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM mail_messages m
	WHERE m.organization_id = NEW.organization_id AND (m.candidate_id = NEW.id
		OR m.application_id IN (SELECT a.id FROM applications a
			WHERE a.organization_id = NEW.organization_id AND a.candidate_id = NEW.id));
	RETURN NULL;
END $$;
CREATE TRIGGER candidates_erase_mail AFTER UPDATE OF erased_at ON candidates
	FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL)
	EXECUTE FUNCTION erase_candidate_mail();

-- ---- what admins may know of messages ---------------------------------------------------------

-- An admin who owes a scorecard reads nothing of others' on that application, by mail neither: no
-- reminder that has stopped, no mention in a note that is closed, no letter. As with events, what
-- tells of interviews alone is open, and so is what they got themselves.
CREATE VIEW visible_mail_messages WITH (security_invoker = true) AS
	SELECT m.* FROM mail_messages m
	WHERE m.organization_id = org()
		AND CASE
			WHEN (SELECT closed_applications()) = '{}' THEN true
			WHEN m.template = 'mention' THEN EXISTS (SELECT FROM visible_notes n
				WHERE n.organization_id = m.organization_id AND n.id = m.object_id)
			WHEN m.application_id IS NULL OR m.template LIKE 'interview%' THEN true
			WHEN m.user_id = actor() THEN true
			ELSE m.application_id <> ALL ((SELECT closed_applications())::uuid[])
		END;

-- ---- row-level security and rights ------------------------------------------------------------

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['mail_settings', 'mail_templates', 'mail_switches', 'mail_messages',
		'password_links', 'mail_unsubscribes'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY tenancy ON %I TO assay_app USING (organization_id = org())'
			' WITH CHECK (organization_id = org())', name);
		EXECUTE format('CREATE POLICY erasure ON %I TO assay_owner USING (organization_id = org())', name);
		EXECUTE format('CREATE POLICY backup ON %I FOR SELECT TO assay_backup USING (true)', name);
		EXECUTE format('GRANT SELECT ON %I TO assay_backup', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO assay_app', name);
	END LOOP;
END $$;

GRANT SELECT ON visible_mail_messages TO assay_app;

-- The worker looks for what is due, and says what scorecards are; it reads nobody's mail.
CREATE POLICY worker ON mail_messages TO assay_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON mail_switches FOR SELECT TO assay_worker USING (true);
GRANT SELECT ON mail_switches TO assay_worker;
GRANT SELECT (organization_id, id, next_at, state, finished_at),
	INSERT (organization_id, template, user_id, candidate_id, application_id, object_id, next_at),
	UPDATE (state, reason, next_at, finished_at), DELETE ON mail_messages TO assay_worker;
REVOKE ALL ON FUNCTION mail_set_aside(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mail_set_aside(integer) TO assay_worker;

CALL keep_plans_steady();
CALL let_resets_empty();
