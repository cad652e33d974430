use std::slice;

use chrono::Duration;
use domain::{
    customers::{Consent, ConsentSource, Customer, CustomerId, MarketingConsent},
    id::Id,
    imports::{
        Change, ChangeKind, Column, CustomerField, Import, ImportCounts, ImportDetails, ImportId,
        ImportOptions, ImportStatus, ImportTarget, Layout, OnDuplicate, RowError, TextEncoding,
        UndoOutcome,
    },
    storage::{FileKey, Folder},
    store::{Store, UnitOfWork},
};
use serde_json::json;

use crate::{
    given::{Business, Stack, concurrent_stacks, contact, customer, stacks, wa_id},
    pages::walk,
};

fn import(business: &Business, stack: &Stack) -> Import {
    Import {
        id: Id::generate(),
        target: ImportTarget::Customers,
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
                field: Some(CustomerField::PhoneNumber),
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
        key: customer.phone_number.as_ref().unwrap().to_string(),
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
        let keys = [expected.key.as_str(), "+1"];
        let found = imports.changes_of(import.id, &keys).await.unwrap();
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
        uow.commit().await.unwrap();

        let uow = begin(&stack, &theirs).await;
        let imports = uow.imports();
        assert_eq!(imports.find(import.id).await.unwrap(), None);
        assert_eq!(imports.lock(import.id).await.unwrap(), None);
        assert_eq!(imports.count().await.unwrap(), 0);
        assert_eq!(imports.errors(import.id, None, 5).await.unwrap(), []);
        let keys = [known.key.as_str()];
        assert_eq!(imports.changes_of(import.id, &keys).await.unwrap(), []);
        imports.forget_changes(import.id).await.unwrap();
        let customers = uow.imported_customers();
        let ids = [ours.customer.id];
        let numbers = [ours.customer.phone_number.clone().unwrap()];
        assert_eq!(customers.lock_by_ids(&ids).await.unwrap(), []);
        assert_eq!(customers.lock_by_phone_numbers(&numbers).await.unwrap(), []);
        customers.remove_unused(&ids).await.unwrap();
        uow.commit().await.unwrap();

        let read = stack.store.read(ours.id());
        let found = read.imports().changes_of(import.id, &keys).await.unwrap();
        assert_eq!(found, [known]);
        let found = read.customers().find(ours.customer.id).await.unwrap();
        assert_eq!(found, Some(ours.customer.clone()));
    }
}

#[tokio::test]
async fn many_customers_are_inserted_found_and_changed_at_once() {
    for stack in stacks().await {
        let business = stack.business().await;
        let mut two = vec![
            customer("Zoë", stack.now()),
            customer("Luz Paz", stack.now()),
        ];
        let uow = begin(&stack, &business).await;
        let customers = uow.imported_customers();
        customers.insert_all(&two).await.unwrap();
        two[1].first_name = Some("Lucía".into());
        two[1].last_name = None;
        two[1].marketing_consent = MarketingConsent::OptedOut;
        two[1].updated_at = stack.now() + Duration::seconds(1);
        customers.update_all(&two).await.unwrap();
        let numbers: Vec<_> = two
            .iter()
            .filter_map(|one| one.phone_number.clone())
            .collect();
        let found = customers.lock_by_phone_numbers(&numbers).await.unwrap();
        assert_eq!(found, two);
        let ids: Vec<CustomerId> = two.iter().map(|one| one.id).collect();
        let mut found = customers.lock_by_ids(&ids).await.unwrap();
        found.sort_by_key(|one| one.id);
        assert_eq!(found, two);
        customers.insert_all(&[]).await.unwrap();
        customers.update_all(&[]).await.unwrap();
        assert_eq!(customers.lock_by_phone_numbers(&[]).await.unwrap(), []);
        uow.commit().await.unwrap();
    }
}

fn consent(customer: &Customer, source: ConsentSource, stack: &Stack) -> Consent {
    Consent {
        id: Id::generate(),
        customer_id: customer.id,
        state: MarketingConsent::OptedIn,
        source,
        proof: json!({"row": 2}),
        occurred_at: stack.now(),
    }
}

#[tokio::test]
async fn only_customers_are_removed_with_whom_nothing_happened() {
    for stack in stacks().await {
        let business = stack.business().await;
        let [unused, asked, wrote] = ["A", "B", "C"].map(|name| customer(name, stack.now()));
        let all = [unused.clone(), asked.clone(), wrote.clone()];
        let uow = begin(&stack, &business).await;
        let customers = uow.imported_customers();
        customers.insert_all(&all).await.unwrap();
        let consents = [
            consent(&unused, ConsentSource::Import, &stack),
            consent(&asked, ConsentSource::Meta, &stack),
        ];
        customers.insert_consents(&consents).await.unwrap();
        let of_contact = contact(&wrote, stack.now());
        let identities = [wa_id(&of_contact)];
        assert!(
            uow.contacts()
                .insert(&of_contact, &identities)
                .await
                .unwrap()
        );
        let ids: Vec<CustomerId> = all.iter().map(|one| one.id).collect();
        let mut left = customers.remove_unused(&ids).await.unwrap();
        left.sort();
        assert_eq!(left, [asked.id, wrote.id]);
        assert_eq!(customers.remove_unused(&[]).await.unwrap(), []);
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        assert_eq!(read.customers().find(unused.id).await.unwrap(), None);
        let consents = read.customers().consents(asked.id).await.unwrap();
        assert_eq!(consents.len(), 1);
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
