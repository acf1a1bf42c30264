-- Mail: how an organization writes, its texts, what became of each message, and the links in them.

-- ---- settings and texts -------------------------------------------------------------------------

-- name: mail_settings_get :read
SELECT :mode AS mode, :mail_from AS mail_from, coalesce(s.language, 'en') AS language, s.reply_to,
	coalesce(s.version, 1) AS version, s.updated_at
FROM organizations o LEFT JOIN mail_settings s ON s.organization_id = o.organization_id
WHERE o.organization_id = :org;

-- name: mail_settings_update :write
WITH body AS (
	SELECT :body::jsonb AS sent
), cur AS (
	SELECT s.* FROM mail_settings s WHERE s.organization_id = :org FOR UPDATE
), asked AS (
	SELECT coalesce(c.version, 1) AS version, coalesce(b.sent ->> 'language', c.language, 'en') AS language,
		CASE WHEN b.sent ? 'reply_to' THEN b.sent ->> 'reply_to' ELSE c.reply_to END AS reply_to,
		CASE WHEN :if_match::bigint <> coalesce(c.version, 1) THEN 'precondition_failed' END AS refusal
	FROM body b LEFT JOIN cur c ON true
), new AS (
	INSERT INTO mail_settings AS s (organization_id, language, reply_to)
	SELECT :org, k.language, k.reply_to FROM asked k WHERE k.refusal IS NULL
	ON CONFLICT (organization_id) DO UPDATE SET language = excluded.language,
		reply_to = excluded.reply_to, version = s.version + 1, updated_at = now()
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'mail_settings.updated', new.organization_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'language', new.language) FROM new
), out AS (
	SELECT k.refusal, k.version AS refusal_version, :mode AS mode, :mail_from AS mail_from,
		new.language, new.reply_to, new.version, new.updated_at
	FROM asked k LEFT JOIN new ON true
)
SELECT * FROM out;

-- fragment: template_columns
l.language, coalesce(t.subject, d.words -> l.language ->> 'subject') AS subject,
	coalesce(t.text, d.words -> l.language ->> 'text') AS text, t.subject IS NOT NULL AS changed,
	coalesce(w.enabled, d.id <> 'survey') AS enabled, d.recipient, d.link_needed,
	to_json(d.placeholders) AS placeholders,
	coalesce(t.version, 1) + coalesce(w.version, 0) AS version,
	greatest(t.updated_at, w.updated_at) AS updated_at

-- fragment: templates
jsonb_to_recordset(:defaults::jsonb) AS @(id text, recipient text, link_needed boolean,
		placeholders text[], words jsonb)
	CROSS JOIN (SELECT coalesce(:language::text, (SELECT s.language FROM mail_settings s
			WHERE s.organization_id = :org), 'en') AS language) AS l
	LEFT JOIN mail_templates t ON t.organization_id = :org AND t.template = @.id
		AND t.language = l.language
	LEFT JOIN mail_switches w ON w.organization_id = :org AND w.template = @.id

-- name: mail_templates_list :read
SELECT d.id AS template, {template_columns d}
FROM {templates d};

-- name: mail_template_get :read
SELECT d.id AS template, {template_columns d}
FROM {templates d}
WHERE d.id = :template;

-- name: mail_template_update :write
-- Its texts in one language; whether it is sent holds for all.
WITH body AS (
	SELECT b.* FROM jsonb_to_record(:body::jsonb) AS b(subject text, text text, enabled boolean)
), cur AS (
	SELECT d.id AS template, {template_columns d},
		CASE WHEN :if_match::bigint <> coalesce(t.version, 1) + coalesce(w.version, 0)
			THEN 'precondition_failed' END AS refusal
	FROM {templates d}
	WHERE d.id = :template
), words AS (
	INSERT INTO mail_templates AS t (organization_id, template, language, subject, text)
	SELECT :org, cur.template, cur.language, coalesce(b.subject, cur.subject), coalesce(b.text, cur.text)
	FROM cur, body b WHERE cur.refusal IS NULL AND num_nonnulls(b.subject, b.text) > 0
	ON CONFLICT (organization_id, template, language) DO UPDATE SET subject = excluded.subject,
		text = excluded.text, version = t.version + 1, updated_at = now()
	RETURNING *
), switch AS (
	INSERT INTO mail_switches AS w (organization_id, template, enabled)
	SELECT :org, cur.template, b.enabled FROM cur, body b
	WHERE cur.refusal IS NULL AND b.enabled IS NOT NULL
	ON CONFLICT (organization_id, template) DO UPDATE SET enabled = excluded.enabled,
		version = w.version + 1, updated_at = now()
	RETURNING *
), made AS (
	SELECT cur.refusal, cur.version AS refusal_version, cur.template, cur.language,
		coalesce(t.subject, cur.subject) AS subject, coalesce(t.text, cur.text) AS text,
		cur.changed OR t.template IS NOT NULL AS changed, coalesce(w.enabled, cur.enabled) AS enabled,
		cur.recipient, cur.link_needed, cur.placeholders,
		cur.version + (t.template IS NOT NULL)::integer + (w.template IS NOT NULL)::integer AS version,
		greatest(t.updated_at, w.updated_at, cur.updated_at) AS updated_at
	FROM cur LEFT JOIN words t ON true LEFT JOIN switch w ON true
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'mail_template.updated', :org, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('template', m.template, 'language', m.language, 'enabled', m.enabled)
	FROM made m WHERE m.refusal IS NULL
), out AS (
	SELECT * FROM made
)
SELECT * FROM out;

-- name: mail_template_reset :write
-- Back to the texts that it came with; whether it is sent stays.
WITH cur AS (
	SELECT d.id AS template, {template_columns d},
		CASE WHEN :if_match::bigint <> coalesce(t.version, 1) + coalesce(w.version, 0)
			THEN 'precondition_failed' END AS refusal
	FROM {templates d}
	WHERE d.id = :template
), gone AS (
	UPDATE mail_templates t SET subject = NULL, text = NULL, version = t.version + 1, updated_at = now()
	FROM cur WHERE t.organization_id = :org AND t.template = cur.template
		AND t.language = cur.language AND t.subject IS NOT NULL AND cur.refusal IS NULL
	RETURNING t.template
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'mail_template.reset', :org, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('template', cur.template, 'language', cur.language)
	FROM cur WHERE EXISTS (SELECT FROM gone)
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, cur.template FROM cur
)
SELECT * FROM out;

-- name: mail_preview_get :read
SELECT d.id AS template, {template_columns d}, (SELECT o.name FROM organizations o
		WHERE o.organization_id = :org) AS organization_name
FROM {templates d}
WHERE d.id = :template;

-- ---- messages ---------------------------------------------------------------------------------

-- fragment: message_columns
@.id, @.template, @.state, @.reason, @.language, @.attempts, @.user_id,
	CASE WHEN @.user_id IS NULL THEN @.candidate_id END AS candidate_id, @.application_id,
	coalesce((SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = @.user_id),
		(SELECT c.name FROM candidates c WHERE c.organization_id = :org AND c.id = @.candidate_id))
		AS name,
	coalesce((SELECT u.email FROM users u WHERE u.organization_id = :org AND u.id = @.user_id),
		(SELECT c.email FROM candidates c WHERE c.organization_id = :org AND c.id = @.candidate_id))
		AS address,
	@.next_at, @.finished_at, @.version, @.created_at

-- name: mail_messages_list :list
SELECT {message_columns m}
	/*sort_key*/
FROM visible_mail_messages m
WHERE m.organization_id = :org
-- filter state: AND m.state = :state
-- filter template: AND m.template = :template
-- filter user_id: AND m.user_id = :user_id::uuid
-- filter application_id: AND m.application_id = :application_id::uuid
-- sort created_at timestamptz: m.created_at
-- id: m.id

-- name: mail_message_get :read
SELECT {message_columns m}, m.content FROM visible_mail_messages m
WHERE m.organization_id = :org AND m.id = :message_id;

-- name: mail_message_resend :write
-- As a message of its own, since readers' programs show one Message-ID once.
WITH cur AS (
	SELECT m.*, CASE WHEN m.state IN ('queued', 'sending') THEN 'mail_under_way' END AS refusal
	FROM visible_mail_messages m WHERE m.organization_id = :org AND m.id = :message_id
), new AS (
	INSERT INTO mail_messages (organization_id, template, user_id, candidate_id, application_id, object_id)
	SELECT :org, cur.template, cur.user_id, cur.candidate_id, cur.application_id, cur.object_id
	FROM cur WHERE cur.refusal IS NULL
	RETURNING *
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'mail_message.resent', new.id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version, 'template', new.template,
			'of', :message_id::text) FROM new
), out AS (
	SELECT cur.refusal, {message_columns new}, NULL::text AS content
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: user_invite :write
WITH cur AS (
	SELECT u.id, CASE WHEN u.status <> 'active' THEN 'user_disabled'
			WHEN u.password_hash IS NOT NULL THEN 'user_has_password'
			WHEN NOT mail_enabled(u.organization_id, 'invitation') THEN 'mail_switched_off' END AS refusal
	FROM users u WHERE u.organization_id = :org AND u.id = :user_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id)
	SELECT :org, 'user.invited', cur.id, :actor_kind, :actor::uuid, :request_id
	FROM cur WHERE cur.refusal IS NULL
), out AS (
	SELECT cur.refusal, cur.id FROM cur
)
SELECT * FROM out;

-- name: candidate_link_send :write
WITH cur AS (
	SELECT a.id, CASE WHEN a.status IN ('rejected', 'withdrawn', 'hired', 'offer_declined')
				THEN 'application_closed'
			WHEN c.email IS NULL THEN 'candidate_without_address'
			WHEN NOT mail_enabled(a.organization_id, 'candidate_link') THEN 'mail_switched_off' END AS refusal
	FROM visible_applications a
	JOIN candidates c ON c.organization_id = a.organization_id AND c.id = a.candidate_id
	WHERE a.organization_id = :org AND a.id = :application_id
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id, request_id)
	SELECT :org, 'candidate_link.sent', cur.id, cur.id, :actor_kind, :actor::uuid, :request_id
	FROM cur WHERE cur.refusal IS NULL
), out AS (
	SELECT cur.refusal, cur.id FROM cur
)
SELECT * FROM out;

-- ---- without sign-in --------------------------------------------------------------------------

-- name: password_forget :write plain
WITH cur AS (
	SELECT u.id FROM users u
	WHERE u.organization_id = :org AND u.id = :user_id AND u.status = 'active'
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, request_id)
	SELECT :org, 'user.password_forgotten', cur.id, :actor_kind, :request_id FROM cur
)
SELECT cur.id FROM cur;

-- name: password_link_get :read
SELECT u.email FROM password_links l
JOIN users u ON u.organization_id = l.organization_id AND u.id = l.user_id AND u.status = 'active'
WHERE l.organization_id = :org AND l.digest = :digest AND l.expires_at > now();

-- name: password_link_use :write plain
-- Once: of two at the same time one finds it gone. Ends all sessions, and the user's other links.
WITH used AS (
	DELETE FROM password_links l
	WHERE l.organization_id = :org AND l.digest = :digest AND l.expires_at > now()
	RETURNING l.user_id
), new AS (
	UPDATE users u SET password_hash = :hash, token_version = u.token_version + 1,
		version = u.version + 1, updated_at = now()
	FROM used WHERE u.organization_id = :org AND u.id = used.user_id AND u.status = 'active'
	RETURNING u.id, u.version
), ended AS (
	UPDATE refresh_tokens t SET revoked_at = now() FROM new
	WHERE t.organization_id = :org AND t.user_id = new.id AND t.revoked_at IS NULL
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'user.password_changed', new.id, 'user', new.id, :request_id,
		jsonb_build_object('version', new.version) FROM new
)
SELECT new.id FROM new;

-- name: mail_unsubscribe :write plain
WITH cur AS (
	SELECT s.user_id, s.kind FROM mail_unsubscribes s
	WHERE s.organization_id = :org AND s.digest = :digest
), new AS (
	INSERT INTO user_preferences AS p (organization_id, user_id, mail_reminders, mail_mentions)
	SELECT :org, cur.user_id, cur.kind <> 'reminders', cur.kind <> 'mentions' FROM cur
	ON CONFLICT (organization_id, user_id) DO UPDATE
		SET mail_reminders = p.mail_reminders AND excluded.mail_reminders,
			mail_mentions = p.mail_mentions AND excluded.mail_mentions,
			version = p.version + 1, updated_at = now()
	RETURNING user_id, version
), event AS (
	INSERT INTO events (organization_id, type, object_id, actor_kind, actor_id, request_id, data)
	SELECT :org, 'preferences.updated', new.user_id, 'user', new.user_id, :request_id,
		jsonb_build_object('version', new.version) FROM new
)
SELECT cur.kind FROM cur JOIN new ON true;
