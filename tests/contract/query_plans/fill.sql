-- Many rows of each kind, made of the one business that is there.
INSERT INTO customers
    SELECT organization_id, gen_random_uuid(), first_name, last_name, phone_number,
           marketing_consent, folded_name, created_at, updated_at
    FROM customers, generate_series(1, 20000);
INSERT INTO customer_terms
    SELECT organization_id, id, term
    FROM (SELECT organization_id, id, row_number() OVER () AS n FROM customers) AS c,
         unnest(ARRAY['w:zoe-all', 'w:w' || n]) AS term;
INSERT INTO customer_changes
    SELECT organization_id, gen_random_uuid(), id, id, 'import', NULL,
           created_at + n * interval '1 second', FALSE, '[]'
    FROM customers, generate_series(1, 2) AS n;
INSERT INTO customer_changes
    SELECT organization_id, gen_random_uuid(), customer_id, customer_id, 'import', NULL,
           created_at + n * interval '1 second', FALSE, '[]'
    FROM chats, generate_series(1, 2000) AS n;
INSERT INTO customer_consents
    SELECT organization_id, gen_random_uuid(), customer_id, 'opted_in', 'phone', '{}', changed_at
    FROM (SELECT DISTINCT organization_id, customer_id, changed_at FROM customer_changes) AS c;
INSERT INTO contacts
    SELECT organization_id, gen_random_uuid(), id, first_name, folded_name, NULL, NULL, NULL,
           created_at, updated_at
    FROM customers LIMIT 3000;
UPDATE contacts SET blocked_at = created_at, undeliverable_at = created_at
    WHERE id IN (SELECT id FROM contacts ORDER BY id LIMIT 100);
INSERT INTO contacts
    SELECT organization_id, gen_random_uuid(), NULL, name, folded_name, NULL, NULL, NULL,
           created_at, updated_at
    FROM contacts LIMIT 600;
INSERT INTO contact_identities
    SELECT organization_id, 'user_id', id::text, id FROM contacts;
INSERT INTO chats
    SELECT k.organization_id, gen_random_uuid(), a.id, k.id, k.customer_id, 'open', NULL,
           k.created_at + random() * interval '1 day', NULL, NULL, 0, k.created_at, k.updated_at
    FROM contacts AS k, whatsapp_accounts AS a
    WHERE k.id NOT IN (SELECT contact_id FROM chats);
INSERT INTO messages (organization_id, id, chat_id, account_id, direction, kind, content,
                      status, wamid, target_wamid, reactions, created_at)
    SELECT m.organization_id, gen_random_uuid(), c.id, m.account_id, m.direction, m.kind,
           m.content, m.status, gen_random_uuid()::text,
           CASE WHEN n = 1 THEN gen_random_uuid()::text END, '[]',
           m.created_at + random() * interval '1 day'
    FROM messages AS m, chats AS c, generate_series(1, 5) AS n;
UPDATE chats SET priority = 'urgent', assignee_id = (SELECT user_id FROM organization_members)
    WHERE id IN (SELECT id FROM chats ORDER BY id LIMIT 1000);
INSERT INTO chat_labels
    SELECT organization_id, id, CASE WHEN n = 1 AND priority = 'urgent' THEN 'rare' ELSE n::text END, 'label'
    FROM chats, generate_series(1, 3) AS n;
INSERT INTO events
    SELECT id, n, '{"event": "session_ended", "session_id": "' || id || '"}', created_at
    FROM organizations, generate_series(1, 5000) AS n;
INSERT INTO jobs
    SELECT gen_random_uuid(), NULL, 'sweep', '{"kind": "sweep"}',
           CASE WHEN n % 2 = 0 THEN 'key-' || n % 100 END, NULL, NULL,
           '2026-09-01'::timestamptz + n * interval '1 minute', FALSE, 0, NULL, NULL,
           '2026-09-01'
    FROM generate_series(1, 5000) AS n;
INSERT INTO whatsapp_accounts
    SELECT organization_id, gen_random_uuid(), n::text, n::text, '', NULL, '', NULL, 'connected',
           NULL, NULL, NULL, 80, TRUE, created_at, updated_at, NULL, 1
    FROM whatsapp_accounts, generate_series(1, 3000) AS n;
INSERT INTO users
    SELECT gen_random_uuid(), '', '', n || '@example.com', '+5215512345678', '', FALSE, created_at, created_at
    FROM users, generate_series(1, 3000) AS n;
INSERT INTO organization_members
    SELECT organization_id, users.id, 'agent', TRUE, users.created_at
    FROM users, organization_members WHERE users.first_name = '';
INSERT INTO sessions
    SELECT gen_random_uuid(), user_id, organization_id, NULL, NULL, created_at, created_at,
           created_at + interval '30 days'
    FROM organization_members;
INSERT INTO sessions
    SELECT gen_random_uuid(), user_id, organization_id, NULL, NULL,
           created_at + n * interval '1 second', created_at, created_at + interval '30 days'
    FROM organization_members, generate_series(1, 2000) AS n WHERE role = 'owner';
INSERT INTO invitations
    SELECT organization_id, gen_random_uuid(), n || email, role, NULL, invited_by,
           created_at + n * interval '1 second', expires_at + n * interval '1 minute'
    FROM invitations, generate_series(1, 3000) AS n;
INSERT INTO notes
    SELECT c.organization_id, gen_random_uuid(), c.id, m.user_id, '', '[]',
           c.created_at + n * interval '1 second', c.created_at, 1
    FROM chats AS c, organization_members AS m, generate_series(1, 3) AS n
    WHERE m.role = 'owner';
INSERT INTO note_mentions
    SELECT n.organization_id, m.user_id, n.id
    FROM (SELECT *, row_number() OVER () AS place FROM notes) AS n,
         (SELECT *, row_number() OVER () AS place FROM organization_members) AS m
    WHERE n.place % 1000 = m.place % 1000 AND m.place <= 1000;
INSERT INTO canned_replies
    SELECT id, gen_random_uuid(), 'r' || n, 'Hi', 'hi', created_at + n * interval '1 second',
           created_at, 1
    FROM organizations, generate_series(1, 3000) AS n;
INSERT INTO one_time_tokens
    SELECT sha256(id::text::bytea), 'password_reset', id, email, created_at,
           created_at + interval '1 hour'
    FROM users;
INSERT INTO files
    SELECT id, 'media/' || n, '', NULL, NULL, 1, '', created_at
    FROM organizations, generate_series(1, 5000) AS n;
INSERT INTO audit_log
    SELECT m.organization_id, gen_random_uuid(),
           CASE WHEN n = 1 THEN 'logo_changed' ELSE 'session_started' END,
           m.user_id, 'session', gen_random_uuid(), NULL, NULL, NULL, NULL, NULL,
           m.created_at + random() * interval '30 days'
    FROM organization_members AS m, generate_series(1, 7) AS n;
INSERT INTO customer_merges (organization_id, id, customer_id, other_id, merged_by, merged_at)
    SELECT c.organization_id, gen_random_uuid(), c.id, gen_random_uuid(), m.user_id, c.created_at
    FROM customers AS c, organization_members AS m WHERE m.role = 'owner';
INSERT INTO organizations (id, name, slug, currency, timezone, created_at, updated_at, version)
    SELECT gen_random_uuid(), name, n::text, currency, timezone, created_at, updated_at, 1
    FROM organizations, generate_series(1, 1000) AS n;
ANALYZE;
