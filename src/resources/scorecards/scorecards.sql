-- Scorecards: one interviewer's judgement of one interview. Others' are read through
-- visible_scorecards only, which decides independence.

-- fragment: scorecard_columns
@.id, @.interview_id, CASE WHEN actor_level() = 'member' THEN shown_application(@.application_id)
		ELSE @.application_id END AS application_id,
	@.stage_id, @.role_id, @.author_id,
	(SELECT u.name FROM users u WHERE u.organization_id = :org AND u.id = @.author_id) AS author_name,
	@.entered_by, (SELECT u.name FROM users u WHERE u.organization_id = :org
		AND u.id = @.entered_by) AS entered_by_name, @.rubric_version_id, @.status, @.ratings, @.recommendation, @.key_takeaways,
	CASE WHEN reads_private_notes(@.role_id, @.author_id) THEN @.private_note END AS private_note,
	@.revision, @.submitted_at,
	CASE WHEN @.author_id = :actor::uuid AND NOT knows_since(@.stage_id, @.role_id)
		THEN take_back_until(@.id, @.interview_id,
		@.application_id, @.author_id, @.submitted_at) END AS take_back_until,
	'/interviews/' || @.interview_id AS web_url, @.version, @.created_at, @.updated_at

-- fragment: variant
CASE WHEN actor_level() = 'member' AND is_masked(@.application_id) THEN 'anonymous' END

-- name: scorecards_list :list
-- The rows of visible_scorecards, walked in the list's order: readable_stages decides for each row,
-- whatever its status, so that a submission changes neither the rows read nor the work. Of most rows
-- plainly_readable knows what it would say.
SELECT {scorecard_columns s}
	/*sort_key*/
FROM scorecards s
WHERE s.organization_id = :org AND ((s.author_id = :actor::uuid AND :actor_kind = 'user')
	OR CASE WHEN (SELECT true FROM plainly_readable p
			WHERE p.organization_id = s.organization_id AND p.application_id = s.application_id)
		THEN s.status = 'submitted'
		ELSE (SELECT s.status = 'submitted' FROM readable_stages r
			WHERE r.organization_id = s.organization_id AND r.application_id = s.application_id
				AND r.stage_id = s.stage_id) END)
-- filter application_id: AND s.application_id = :application_id::uuid
-- +   AND (actor_level() <> 'member' OR NOT is_masked(s.application_id))
-- filter interview_id: AND s.interview_id = :interview_id::uuid
-- filter role_id: AND s.role_id = :role_id::uuid
-- filter author_id: AND s.author_id = :author_id::uuid
-- filter status: AND s.status = :status
-- filter updated_since (custom plan): AND s.updated_at >= :updated_since::timestamptz
-- sort created_at timestamptz: s.created_at
-- id: s.id

-- name: scorecard_get :read
SELECT {scorecard_columns s}, {variant s} AS _variant
FROM visible_scorecards s WHERE s.organization_id = :org AND s.id = :scorecard_id;

-- name: scorecard_create :write
-- For an interview that the actor is assigned to; with "submit" it is submitted in the same act. On
-- behalf of its author, a recruiter or admin types in what they were told, whole: a draft would be
-- filled in by somebody else. Not who owes one of their own, since they know now what it says.
-- Materialized, or each function would be called again for every place that names its result.
WITH body AS MATERIALIZED (
	SELECT b.*, merged_ratings('{}', b.ratings) AS merged
	FROM jsonb_to_record(:body::jsonb) AS b(interview_id uuid, ratings jsonb, recommendation text,
		key_takeaways text, private_note text, submit boolean, on_behalf_of uuid)
), found AS MATERIALIZED (
	SELECT b.*, coalesce(b.on_behalf_of, :actor::uuid) AS author_id,
		coalesce(b.on_behalf_of <> :actor::uuid, false) AS for_other, i.id AS at_interview,
		i.application_id, i.stage_id, i.role_id, i.status AS interview_status,
		r.rubric_version_id, ii.user_id AS assigned,
		unknown_ratings(r.rubric_version_id, b.ratings) AS strangers,
		CASE WHEN b.submit THEN scorecard_gaps(i.stage_id, r.rubric_version_id, b.recommendation,
			b.merged, ii.competency_ids, b.key_takeaways) END AS gaps
	FROM body b
	LEFT JOIN (SELECT i.* FROM interviews i
		JOIN reachable_interviews v ON v.organization_id = :org AND v.id = i.id
		WHERE i.organization_id = :org) AS i ON i.id = b.interview_id
	LEFT JOIN roles r ON r.organization_id = :org AND r.id = i.role_id
	LEFT JOIN interview_interviewers ii ON ii.organization_id = :org AND ii.interview_id = i.id
		AND ii.user_id = coalesce(b.on_behalf_of, :actor::uuid) AND ii.part = 'interviewer'
		AND ii.status = 'assigned'
), asked AS (
	SELECT f.*, new_id() AS id,
		CASE WHEN f.at_interview IS NULL THEN 'unknown_interview'
			WHEN f.for_other AND actor_level() NOT IN ('admin', 'recruiter') THEN 'forbidden'
			WHEN f.for_other AND EXISTS (SELECT FROM my_owed_interviews o
				WHERE o.organization_id = :org AND o.application_id = f.application_id
					AND o.independence <> 'open') THEN 'scorecard_owed'
			WHEN f.assigned IS NULL AND f.for_other THEN 'unknown_author'
			WHEN f.assigned IS NULL THEN 'forbidden'
			WHEN f.for_other AND f.submit IS NOT TRUE THEN 'submit_required'
			WHEN f.interview_status <> 'scheduled' THEN 'interview_cancelled'
			WHEN f.rubric_version_id IS NULL THEN 'rubric_missing'
			WHEN f.strangers IS NOT NULL THEN 'invalid'
			WHEN f.gaps IS NOT NULL THEN 'scorecard_incomplete'
		END AS refusal,
		-- Said only to whoever may write one.
		CASE WHEN f.assigned IS NOT NULL THEN coalesce(f.strangers, f.gaps) END AS refusal_errors
	FROM found f
), new AS (
	INSERT INTO scorecards (organization_id, id, interview_id, application_id, stage_id, role_id,
		author_id, entered_by, rubric_version_id, ratings, recommendation, key_takeaways,
		private_note, status, submitted_at, revision)
	SELECT :org, k.id, k.at_interview, k.application_id, k.stage_id, k.role_id, k.author_id,
		CASE WHEN k.for_other THEN :actor::uuid END, k.rubric_version_id, k.merged,
		k.recommendation, k.key_takeaways, k.private_note,
		CASE WHEN k.submit THEN 'submitted' ELSE 'draft' END, CASE WHEN k.submit THEN now() END,
		CASE WHEN k.submit THEN 1 ELSE 0 END
	FROM asked k WHERE k.refusal IS NULL
	RETURNING *
), revised AS (
	INSERT INTO scorecard_revisions (organization_id, scorecard_id, number, kind, content,
		content_hash, could_see, entered_by)
	SELECT :org, new.id, 1, 'submission', scorecard_content(new),
		application_digest(new.application_id, scorecard_content(new)::text),
		could_see(new.application_id), new.entered_by
	FROM new, asked k WHERE new.status = 'submitted'
	RETURNING content_hash
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, CASE WHEN new.status = 'submitted' THEN 'scorecard.submitted'
			ELSE 'scorecard.created' END,
		new.id, new.application_id, :actor_kind, :actor::uuid, :request_id,
		jsonb_build_object('version', new.version, 'revision', new.revision,
			'digest', coalesce((SELECT content_hash FROM revised),
				application_digest(new.application_id, scorecard_content(new)::text)))
			|| CASE WHEN k.for_other THEN jsonb_build_object('on_behalf_of', k.author_id)
				ELSE '{}' END
	FROM new, asked k
), out AS (
	SELECT k.refusal, k.refusal_errors, {scorecard_columns new}, {variant new} AS _variant FROM asked k LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: scorecard_update :write
-- A draft, by its author: a merge patch in which ratings are merged competency by competency.
WITH cur AS (
	SELECT s AS was, s.*,
		CASE WHEN s.author_id <> :actor::uuid OR :actor_kind <> 'user' THEN 'forbidden'
			WHEN s.status = 'submitted' THEN 'scorecard_locked'
			WHEN :if_match::bigint <> s.version THEN 'precondition_failed'
		END AS refusal
	FROM scorecards s WHERE s.organization_id = :org AND s.id = :scorecard_id
		AND EXISTS (SELECT FROM visible_scorecards v WHERE v.organization_id = :org AND v.id = s.id)
	FOR UPDATE
), patch AS (
	SELECT p.recommendation, p.key_takeaways, p.private_note,
		merged_ratings(cur.ratings, :body::jsonb -> 'ratings') AS ratings,
		unknown_ratings(cur.rubric_version_id, :body::jsonb -> 'ratings') AS strangers
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb - 'ratings') p
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE scorecards s SET ratings = p.ratings, recommendation = p.recommendation,
		key_takeaways = p.key_takeaways, private_note = p.private_note,
		version = s.version + 1, updated_at = now()
	FROM cur, patch p WHERE s.organization_id = :org AND s.id = cur.id AND p.strangers IS NULL
	RETURNING s.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'scorecard.saved', new.id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version, 'digest',
			application_digest(new.application_id, scorecard_content(new)::text)) FROM new
), out AS (
	SELECT coalesce(cur.refusal, CASE WHEN p.strangers IS NOT NULL THEN 'invalid' END) AS refusal,
		p.strangers AS refusal_errors, cur.version AS refusal_version, {scorecard_columns new}, {variant new} AS _variant
	FROM cur LEFT JOIN patch p ON true LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: scorecard_submit :write
WITH cur AS (
	SELECT s AS was, s.*,
		(SELECT a.candidate_id FROM applications a
		 WHERE a.organization_id = :org AND a.id = s.application_id) AS candidate_id,
		CASE WHEN s.author_id <> :actor::uuid OR :actor_kind <> 'user' THEN 'forbidden'
			WHEN s.status = 'submitted' THEN 'scorecard_locked'
			WHEN :if_match::bigint <> s.version THEN 'precondition_failed'
			WHEN NOT EXISTS (SELECT FROM interview_interviewers ii JOIN interviews i
				ON i.organization_id = ii.organization_id AND i.id = ii.interview_id
				WHERE ii.organization_id = :org AND ii.interview_id = s.interview_id
					AND ii.user_id = s.author_id AND ii.status = 'assigned'
					AND i.status = 'scheduled') THEN 'interview_cancelled'
		END AS refusal,
		scorecard_gaps(s.stage_id, s.rubric_version_id, s.recommendation, s.ratings,
			own_focus(s.interview_id, s.author_id), s.key_takeaways) AS gaps
	FROM scorecards s WHERE s.organization_id = :org AND s.id = :scorecard_id
		AND EXISTS (SELECT FROM visible_scorecards v WHERE v.organization_id = :org AND v.id = s.id)
	FOR UPDATE
), new AS (
	UPDATE scorecards s SET status = 'submitted', submitted_at = now(), revision = s.revision + 1,
		version = s.version + 1, updated_at = now()
	FROM cur WHERE s.organization_id = :org AND s.id = cur.id AND cur.refusal IS NULL
		AND cur.gaps IS NULL
	RETURNING s.*
), revised AS (
	INSERT INTO scorecard_revisions (organization_id, scorecard_id, number, kind, content,
		content_hash, could_see)
	SELECT :org, new.id, new.revision, 'submission', scorecard_content(new),
		application_digest(new.application_id, scorecard_content(new)::text), could_see(new.application_id)
	FROM new, cur
	RETURNING content_hash
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'scorecard.submitted', new.id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version, 'revision', new.revision,
			'digest', (SELECT content_hash FROM revised)) FROM new
), out AS (
	SELECT coalesce(cur.refusal, CASE WHEN cur.gaps IS NOT NULL THEN 'scorecard_incomplete' END)
			AS refusal,
		CASE WHEN cur.refusal IS NULL THEN cur.gaps END AS refusal_errors,
		cur.version AS refusal_version, {scorecard_columns new}, {variant new} AS _variant
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: scorecard_take_back :write
-- Within ten minutes, unless a colleague's submission could be read meanwhile: any revision of
-- theirs on a stage that is open to the actor, or was since, counts, taken back or not.
WITH cur AS (
	SELECT s.*,
		CASE WHEN s.author_id <> :actor::uuid OR :actor_kind <> 'user' THEN 'forbidden'
			WHEN s.status <> 'submitted' THEN 'scorecard_not_submitted'
			WHEN :if_match::bigint <> s.version THEN 'precondition_failed'
			WHEN EXISTS (SELECT FROM scorecard_revisions v WHERE v.organization_id = :org
				AND v.scorecard_id = s.id AND v.kind = 'amendment') THEN 'scorecard_locked'
			WHEN now() > s.submitted_at + interval '10 minutes' THEN 'take_back_expired'
			-- Since the submission they know whose work it is.
			WHEN knows_since(s.stage_id, s.role_id) THEN 'candidate_revealed'
			WHEN EXISTS (SELECT FROM independent_stages r
				JOIN scorecards o ON o.organization_id = r.organization_id
					AND o.application_id = r.application_id AND o.stage_id = r.stage_id
				JOIN scorecard_revisions v ON v.organization_id = o.organization_id
					AND v.scorecard_id = o.id
				WHERE r.organization_id = :org AND r.application_id = s.application_id
					AND o.author_id <> s.author_id
					AND (NOT only_interviews(r.application_id)
						OR interviewers_read_since(s.submitted_at)))
				THEN 'scorecard_seen'
		END AS refusal
	FROM scorecards s WHERE s.organization_id = :org AND s.id = :scorecard_id
		AND EXISTS (SELECT FROM visible_scorecards v WHERE v.organization_id = :org AND v.id = s.id)
	FOR UPDATE
), new AS (
	UPDATE scorecards s SET status = 'draft', submitted_at = NULL, version = s.version + 1,
		updated_at = now()
	FROM cur WHERE s.organization_id = :org AND s.id = cur.id AND cur.refusal IS NULL
	RETURNING s.*
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'scorecard.taken_back', new.id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version, 'revision', new.revision) FROM new
), out AS (
	SELECT cur.refusal, cur.version AS refusal_version, {scorecard_columns new}, {variant new} AS _variant
	FROM cur LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: scorecard_amend :write
-- A submitted scorecard is never overwritten: an amendment is a new revision with its reason.
WITH cur AS (
	SELECT s AS was, s.*,
		(SELECT a.candidate_id FROM applications a
		 WHERE a.organization_id = :org AND a.id = s.application_id) AS candidate_id,
		CASE WHEN s.author_id <> :actor::uuid OR :actor_kind <> 'user' THEN 'forbidden'
			WHEN s.status <> 'submitted' THEN 'scorecard_not_submitted'
			WHEN :if_match::bigint <> s.version THEN 'precondition_failed'
		END AS refusal
	FROM scorecards s WHERE s.organization_id = :org AND s.id = :scorecard_id
		AND EXISTS (SELECT FROM visible_scorecards v WHERE v.organization_id = :org AND v.id = s.id)
	FOR UPDATE
), patch AS (
	SELECT p.recommendation, p.key_takeaways, p.private_note, m.ratings,
		unknown_ratings(cur.rubric_version_id, :body::jsonb -> 'ratings') AS strangers,
		scorecard_gaps(cur.stage_id, cur.rubric_version_id, p.recommendation, m.ratings,
			own_focus(cur.interview_id, cur.author_id), p.key_takeaways) AS gaps
	FROM cur CROSS JOIN jsonb_populate_record(cur.was, :body::jsonb - 'ratings') p
	CROSS JOIN LATERAL (SELECT merged_ratings(cur.ratings, :body::jsonb -> 'ratings') AS ratings) m
	WHERE cur.refusal IS NULL
), new AS (
	UPDATE scorecards s SET ratings = p.ratings, recommendation = p.recommendation,
		key_takeaways = p.key_takeaways, private_note = p.private_note,
		revision = s.revision + 1, version = s.version + 1, updated_at = now()
	FROM cur, patch p WHERE s.organization_id = :org AND s.id = cur.id
		AND p.strangers IS NULL AND p.gaps IS NULL
	RETURNING s.*
), revised AS (
	INSERT INTO scorecard_revisions (organization_id, scorecard_id, number, kind, content,
		content_hash, reason, could_see)
	SELECT :org, new.id, new.revision, 'amendment', scorecard_content(new),
		application_digest(new.application_id, scorecard_content(new)::text),
		:body::jsonb ->> 'reason', could_see(new.application_id)
	FROM new, cur
	RETURNING content_hash
), event AS (
	INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id,
		request_id, data)
	SELECT :org, 'scorecard.amended', new.id, new.application_id, :actor_kind, :actor::uuid,
		:request_id, jsonb_build_object('version', new.version, 'revision', new.revision,
			'digest', (SELECT content_hash FROM revised)) FROM new
), out AS (
	SELECT coalesce(cur.refusal, CASE WHEN p.strangers IS NOT NULL THEN 'invalid'
			WHEN p.gaps IS NOT NULL THEN 'scorecard_incomplete' END) AS refusal,
		coalesce(p.strangers, p.gaps) AS refusal_errors, cur.version AS refusal_version,
		{scorecard_columns new}, {variant new} AS _variant
	FROM cur LEFT JOIN patch p ON true LEFT JOIN new ON true
)
SELECT * FROM out;

-- name: scorecard_revisions_list :read
SELECT s.id AS _scorecard_id, r.number, r.kind, r.reason, r.content_hash,
	CASE WHEN reads_private_notes(s.role_id, s.author_id) THEN r.content
		ELSE r.content - 'private_note' END AS content,
	CASE WHEN coalesce(r.entered_by, s.author_id) = :actor::uuid THEN r.could_see END AS could_see,
	r.entered_by, r.created_at
FROM visible_scorecards s
LEFT JOIN scorecard_revisions r ON r.organization_id = s.organization_id AND r.scorecard_id = s.id
WHERE s.organization_id = :org AND s.id = :scorecard_id
ORDER BY r.number;
