mod customers;
mod products;

use std::slice;

use chrono::Duration;
use domain::{
    customers::Customer,
    id::Id,
    imports::{
        Change, ChangeKind, Column, Import, ImportCounts, ImportDetails, ImportId, ImportKind,
        ImportOptions, ImportStatus, Layout, OnDuplicate, RowError, TextEncoding, UndoOutcome,
    },
    storage::{FileKey, Folder},
    store::{Store, UnitOfWork},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    given::{Business, Stack, concurrent_stacks, customer, stacks},
    pages::walk,
};

fn import(business: &Business, stack: &Stack) -> Import {
    Import {
        id: Id::generate(),
        kind: ImportKind::Customers,
        file: FileKey::generate(Folder::Documents, business.id()),
        details: ImportDetails {
            file_name: Some("Clientes «2026».csv".into()),
            file_size: 1 << 33,
            layout: Layout {
                encoding: TextEncoding::Utf16Le,
                delimiter: '\t',
            },
            columns: vec![Column {
                header: "Teléfono".into(),
                field: Some("phoneNumber".into()),
                samples: vec!["+1\u{0}".into()],
            }],
            options: ImportOptions {
                dry_run: false,
                on_duplicate: OnDuplicate::Update,
                consent_source: Some("Paper".into()),
            },
        },
        status: ImportStatus::Queued,
        counts: ImportCounts::default(),
        bytes_read: 0,
        undone: 0,
        kept: 0,
        failure: None,
        created_by: business.user.id,
        created_at: stack.now(),
        started_at: None,
        finished_at: None,
    }
}

async fn begin(stack: &Stack, business: &Business) -> Box<dyn UnitOfWork> {
    stack.store.begin(business.id()).await.unwrap()
}

async fn inserted(stack: &Stack, business: &Business) -> Import {
    let import = import(business, stack);
    let uow = begin(stack, business).await;
    uow.imports().insert(&import).await.unwrap();
    uow.commit().await.unwrap();
    import
}

#[tokio::test]
async fn an_import_is_kept_as_it_is_and_as_it_goes_on() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut import = inserted(&stack, &business).await;
        let read = stack.store.read(business.id());
        let found = read.imports().find(import.id).await.unwrap();
        assert_eq!(found, Some(import.clone()));

        import.start(stack.now());
        let counts = ImportCounts {
            rows: 500,
            created: 400,
            updated: 50,
            skipped: 40,
            failed: 10,
        };
        import.advance(&counts, 1 << 32);
        (import.undone, import.kept) = (7, 8);
        import.fail("the file is gone".into(), stack.now());
        let uow = begin(&stack, &business).await;
        let locked = uow.imports().lock(import.id).await.unwrap();
        assert_eq!(
            locked.map(|import| import.status),
            Some(ImportStatus::Queued)
        );
        uow.imports().update(&import).await.unwrap();
        uow.commit().await.unwrap();
        let found = read.imports().find(import.id).await.unwrap();
        assert_eq!(found, Some(import));
    }
}

#[tokio::test]
async fn imports_are_listed_the_newest_first() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut ids = Vec::new();
        for number in 0..8 {
            ids.push(inserted(&stack, &business).await.id);
            if number % 3 == 0 {
                stack.clock.advance(Duration::seconds(1).to_std().unwrap());
            }
        }
        ids.reverse();
        let read = stack.store.read(business.id());
        let listed = walk(async |page| read.imports().list(page).await.unwrap()).await;
        let listed: Vec<ImportId> = listed.iter().map(|import| import.id).collect();
        assert_eq!(listed, ids);
        assert_eq!(read.imports().count().await.unwrap(), 8);
    }
}

#[tokio::test]
async fn errors_come_in_the_order_of_the_rows_piece_by_piece() {
    for stack in stacks().await {
        let business = stack.business().await;
        let import = inserted(&stack, &business).await;
        let error = |row, code: &str| RowError {
            row,
            column: (row % 2 == 0).then(|| "Teléfono".into()),
            code: code.into(),
            detail: "is wrong".into(),
        };
        let later = [error(501, "a")];
        let first = [error(2, "a"), error(2, "b"), error(3, "a"), error(12, "a")];
        let uow = begin(&stack, &business).await;
        for errors in [later.as_slice(), &first, &[]] {
            uow.imports()
                .insert_errors(import.id, errors)
                .await
                .unwrap();
        }
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let some = read.imports().errors(import.id, after, 2).await.unwrap();
            let Some((place, _)) = some.last() else { break };
            after = Some(*place);
            told.extend(some.into_iter().map(|(_, error)| error));
        }
        assert_eq!(told, [first.as_slice(), &later].concat());
    }
}

fn change(customer: &Customer, row: u64) -> Change {
    Change {
        subject_id: customer.id.uuid(),
        row,
        kind: ChangeKind::Created,
        before: None,
        after: json!({"firstName": "Zoë\u{0}"}),
    }
}

#[tokio::test]
async fn of_a_change_the_beginning_stays_and_the_end_is_replaced() {
    for stack in stacks().await {
        let business = stack.business().await;
        let import = inserted(&stack, &business).await;
        let (zoe, luz) = (customer("Zoë", stack.now()), customer("Luz", stack.now()));
        let (first, other) = (change(&zoe, 2), change(&luz, 3));
        let again = Change {
            row: 9,
            kind: ChangeKind::Updated,
            before: Some(first.after.clone()),
            after: json!({"firstName": "Anew"}),
            ..first.clone()
        };
        let uow = begin(&stack, &business).await;
        let imports = uow.imports();
        let changes = [first.clone(), other.clone()];
        imports.keep_changes(import.id, &changes).await.unwrap();
        let again = [again];
        imports.keep_changes(import.id, &again).await.unwrap();
        let expected = Change {
            after: again[0].after.clone(),
            ..first
        };
        let subjects = [expected.subject_id, Uuid::nil()];
        let found = imports.changes_of(import.id, &subjects).await.unwrap();
        assert_eq!(found, slice::from_ref(&expected));

        let to_undo = imports.changes_to_undo(import.id, 1).await.unwrap();
        assert_eq!(to_undo, slice::from_ref(&expected));
        let subjects = [expected.subject_id];
        let outcome = UndoOutcome::ChangedSince;
        imports
            .settle_changes(import.id, &subjects, outcome)
            .await
            .unwrap();
        let to_undo = imports.changes_to_undo(import.id, 5).await.unwrap();
        assert_eq!(to_undo, [other]);
        imports.forget_changes(import.id).await.unwrap();
        assert_eq!(imports.changes_to_undo(import.id, 5).await.unwrap(), []);
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn things_are_found_by_keys_until_those_are_forgotten() {
    for stack in stacks().await {
        let business = stack.business().await;
        let import = inserted(&stack, &business).await;
        let other_import = inserted(&stack, &business).await;
        let (zoe, luz) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let uow = begin(&stack, &business).await;
        let imports = uow.imports();
        let key = |key: &str, id: Uuid| (key.to_owned(), id);
        let keys = [key("1", zoe), key("shop@example.com", zoe)];
        imports.keep_keys(import.id, &keys).await.unwrap();
        // Two may have the same, and what is known already comes again.
        let keys = [key("shop@example.com", luz), key("1", zoe)];
        imports.keep_keys(import.id, &keys).await.unwrap();
        imports.keep_keys(import.id, &[]).await.unwrap();
        let found = async |id, keys: &[&str]| {
            let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
            let mut found = imports.find_keys(id, &keys).await.unwrap();
            found.sort();
            found
        };
        assert_eq!(found(import.id, &["1", "2"]).await, [key("1", zoe)]);
        let shop = "shop@example.com";
        let both = [key(shop, zoe), key(shop, luz)];
        assert_eq!(found(import.id, &[shop]).await, both);
        assert_eq!(found(import.id, &[]).await, []);
        assert_eq!(found(other_import.id, &["1"]).await, []);
        imports.forget_keys(import.id).await.unwrap();
        assert_eq!(found(import.id, &["1"]).await, []);
        uow.commit().await.unwrap();
    }
}

#[tokio::test]
async fn another_organization_sees_and_changes_nothing_of_it() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let import = inserted(&stack, &ours).await;
        let known = change(&ours.customer, 2);
        let error = RowError {
            row: 2,
            column: None,
            code: "a".into(),
            detail: "b".into(),
        };
        let uow = begin(&stack, &ours).await;
        uow.imports()
            .keep_changes(import.id, slice::from_ref(&known))
            .await
            .unwrap();
        uow.imports()
            .insert_errors(import.id, &[error])
            .await
            .unwrap();
        let keys = [("+1".to_owned(), known.subject_id)];
        uow.imports().keep_keys(import.id, &keys).await.unwrap();
        uow.commit().await.unwrap();

        let uow = begin(&stack, &theirs).await;
        let imports = uow.imports();
        assert_eq!(imports.find(import.id).await.unwrap(), None);
        assert_eq!(imports.lock(import.id).await.unwrap(), None);
        assert_eq!(imports.count().await.unwrap(), 0);
        assert_eq!(imports.errors(import.id, None, 5).await.unwrap(), []);
        let subjects = [known.subject_id];
        assert_eq!(imports.changes_of(import.id, &subjects).await.unwrap(), []);
        let keys = ["+1".to_owned()];
        assert_eq!(imports.find_keys(import.id, &keys).await.unwrap(), []);
        imports.forget_keys(import.id).await.unwrap();
        imports.forget_changes(import.id).await.unwrap();
        let customers = uow.imported_customers();
        let ids = [ours.customer.id];
        let numbers = [ours.customer.phone_number.clone().unwrap()];
        assert_eq!(customers.lock_by_ids(&ids).await.unwrap(), []);
        assert_eq!(customers.lock_by_phone_numbers(&numbers).await.unwrap(), []);
        customers.remove_unused(&ids).await.unwrap();
        uow.commit().await.unwrap();

        let read = stack.store.read(ours.id());
        let imports = read.imports();
        let subjects = [known.subject_id];
        let found = imports.changes_of(import.id, &subjects).await.unwrap();
        assert_eq!(found, [known]);
        assert_eq!(imports.find_keys(import.id, &keys).await.unwrap().len(), 1);
        let found = read.customers().find(ours.customer.id).await.unwrap();
        assert_eq!(found, Some(ours.customer.clone()));
    }
}

#[tokio::test]
async fn who_locks_an_import_has_it_alone() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let import = inserted(&stack, &business).await;
        let advance = async || {
            let uow = begin(&stack, &business).await;
            let mut import = uow.imports().lock(import.id).await.unwrap().unwrap();
            import.counts.rows += 500;
            uow.imports().update(&import).await.unwrap();
            uow.commit().await.unwrap();
        };
        tokio::join!(advance(), advance(), advance());
        let read = stack.store.read(business.id());
        let found = read.imports().find(import.id).await.unwrap().unwrap();
        assert_eq!(found.counts.rows, 1_500);
    }
}
