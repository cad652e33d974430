use chrono::{DateTime, Duration, Utc};
use domain::{
    audit::{
        AuditAction, AuditActor, AuditEntry, AuditFilter, AuditRecord, AuditTarget, AuditTargetKind,
    },
    id::Id,
    store::Store,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tests::stores::{self, Backend};

use crate::{
    given::{Business, Stack, assert_broken, audit_entry, newest, stacks},
    pages::walk,
};

async fn append(stack: &Stack, business: &Business, entries: &[AuditEntry]) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    for entry in entries {
        uow.audit_log().append(entry).await.unwrap();
    }
    uow.commit().await.unwrap();
}

async fn list(stack: &Stack, business: &Business, filter: &AuditFilter) -> Vec<AuditRecord> {
    let read = stack.store.read(business.id());
    let page = read.audit_log().list(filter, newest(100)).await.unwrap();
    let count = read.audit_log().count(filter).await.unwrap();
    assert_eq!(usize::try_from(count).unwrap(), page.rows.len());
    page.rows
}

#[tokio::test]
async fn an_entry_is_kept_as_it_is_with_the_name_of_who_did_it() {
    for stack in stacks().await {
        let business = stack.business().await;
        let full = audit_entry(&business, AuditAction::OrganizationUpdated, stack.now());
        let bare = AuditEntry {
            id: Id::generate(),
            actor_id: None,
            target: AuditTarget::new(AuditTargetKind::User, business.user.id),
            address: None,
            user_agent: None,
            request_id: None,
            before: None,
            after: None,
            created_at: stack.now() + Duration::seconds(1),
            ..full.clone()
        };
        append(&stack, &business, &[full.clone(), bare.clone()]).await;
        let actor = Some(AuditActor {
            first_name: business.user.first_name.clone(),
            last_name: business.user.last_name.clone(),
            email: business.user.email.clone(),
        });
        let expected = [
            AuditRecord {
                entry: bare,
                actor: None,
            },
            AuditRecord { entry: full, actor },
        ];
        let all = AuditFilter::default();
        assert_eq!(list(&stack, &business, &all).await, expected);
    }
}

#[tokio::test]
async fn what_a_removed_member_did_keeps_the_name() {
    for stack in stacks().await {
        let business = stack.business().await;
        let entry = audit_entry(&business, AuditAction::LogoRemoved, stack.now());
        append(&stack, &business, &[entry]).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let removed = uow.members().remove(business.user.id, stack.now()).await;
        assert!(removed.unwrap());
        uow.commit().await.unwrap();
        let records = list(&stack, &business, &AuditFilter::default()).await;
        let actor = records[0].actor.as_ref().unwrap();
        assert_eq!(actor.email, business.user.email);
    }
}

#[tokio::test]
async fn the_log_is_walked_in_both_directions_across_equal_times() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut expected = Vec::new();
        for number in 0..8 {
            let at = stack.now() + Duration::seconds(number / 4);
            expected.push(audit_entry(&ours, AuditAction::SessionStarted, at));
            let anothers = audit_entry(&theirs, AuditAction::SessionStarted, at);
            append(&stack, &theirs, &[anothers]).await;
        }
        append(&stack, &ours, &expected).await;
        expected.sort_by_key(|entry| std::cmp::Reverse((entry.created_at, entry.id)));
        let read = stack.store.read(ours.id());
        let filter = AuditFilter::default();
        let list = async |page| read.audit_log().list(&filter, page).await.unwrap();
        let walked = walk(list).await.into_iter().map(|record| record.entry);
        assert_eq!(walked.collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn each_filter_narrows_and_all_of_them_together() {
    for stack in stacks().await {
        let business = stack.business().await;
        let (now, later) = (stack.now(), stack.now() + Duration::hours(1));
        let (actor, target) = (Some(business.user.id), Id::<()>::generate().uuid());
        let entry = |action, at: DateTime<Utc>| audit_entry(&business, action, at);
        let mut wanted = entry(AuditAction::MemberJoined, now);
        wanted.target.id = target;
        let by_nobody = AuditEntry {
            actor_id: None,
            ..entry(AuditAction::MemberJoined, now)
        };
        let another = entry(AuditAction::MemberRemoved, now);
        let late = entry(AuditAction::MemberJoined, later);
        let entries = [&wanted, &by_nobody, &another, &late].map(AuditEntry::clone);
        append(&stack, &business, &entries).await;

        let ids = async |filter: AuditFilter| {
            let found = list(&stack, &business, &filter).await.into_iter();
            let mut ids: Vec<_> = found.map(|record| record.entry.id).collect();
            ids.sort();
            ids
        };
        let joined = AuditFilter {
            action: Some(AuditAction::MemberJoined),
            ..AuditFilter::default()
        };
        assert_eq!(ids(joined).await, [wanted.id, by_nobody.id, late.id]);
        let by_actor = AuditFilter {
            actor_id: actor,
            ..AuditFilter::default()
        };
        assert_eq!(ids(by_actor).await, [wanted.id, another.id, late.id]);
        let of_target = AuditFilter {
            target_id: Some(target),
            ..AuditFilter::default()
        };
        assert_eq!(ids(of_target).await, [wanted.id]);
        let from = AuditFilter {
            from: Some(later),
            ..AuditFilter::default()
        };
        assert_eq!(ids(from).await, [late.id]);
        let to = AuditFilter {
            to: Some(later),
            ..AuditFilter::default()
        };
        assert_eq!(ids(to).await, [wanted.id, by_nobody.id, another.id]);
        let all = AuditFilter {
            action: Some(AuditAction::MemberJoined),
            actor_id: actor,
            target_id: Some(target),
            from: Some(now),
            to: Some(later),
        };
        assert_eq!(ids(all).await, [wanted.id]);
    }
}

#[tokio::test]
async fn an_entry_is_appended_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut entry = audit_entry(&business, AuditAction::LogoChanged, stack.now());
        append(&stack, &business, std::slice::from_ref(&entry)).await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        entry.action = AuditAction::LogoRemoved;
        assert_broken(&uow.audit_log().append(&entry).await);
    }
}

/// Whatever statement comes, and from whomever.
#[tokio::test]
async fn the_database_refuses_to_change_or_delete_entries() {
    const CHANGES: [&str; 5] = [
        "UPDATE audit_log SET address = NULL",
        "UPDATE audit_log SET action = 'logo_removed' WHERE actor_id IS NOT NULL",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE created_at < '2030-01-01'",
        "INSERT INTO audit_log SELECT * FROM audit_log WHERE TRUE
         ON CONFLICT (organization_id, id) DO UPDATE SET address = NULL",
    ];
    let sqlite = Stack::on(stores::sqlite_file().await);
    let business = sqlite.business().await;
    let entry = audit_entry(&business, AuditAction::LogoChanged, sqlite.now());
    append(&sqlite, &business, std::slice::from_ref(&entry)).await;
    let mut connection = SqliteConnection::connect(sqlite.database.url())
        .await
        .unwrap();
    let replace = "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log";
    for change in CHANGES.into_iter().chain([replace]) {
        let refused = sqlx::raw_sql(AssertSqlSafe(change.to_owned()))
            .execute(&mut connection)
            .await;
        assert_append_only(change, refused.map(|_| ()));
    }
    let records = list(&sqlite, &business, &AuditFilter::default()).await;
    assert_eq!(records[0].entry, entry);

    if !Backend::Postgres.is_asked_for() {
        return;
    }
    let postgres = Stack::on(stores::database(Backend::Postgres).await);
    let business = postgres.business().await;
    let entry = audit_entry(&business, AuditAction::LogoChanged, postgres.now());
    append(&postgres, &business, std::slice::from_ref(&entry)).await;
    let mut connection = PgConnection::connect(postgres.database.url())
        .await
        .unwrap();
    for change in CHANGES.into_iter().chain(["TRUNCATE audit_log"]) {
        let refused = sqlx::raw_sql(AssertSqlSafe(change.to_owned()))
            .execute(&mut connection)
            .await;
        assert_append_only(change, refused.map(|_| ()));
    }
    let records = list(&postgres, &business, &AuditFilter::default()).await;
    assert_eq!(records[0].entry, entry);
}

fn assert_append_only(change: &str, result: Result<(), sqlx::Error>) {
    let error = result.expect_err(change).to_string();
    assert!(
        error.contains("audit_log is append-only"),
        "{change}: {error}"
    );
}
