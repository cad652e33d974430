use std::time::Duration;

use domain::{
    catalog::{
        Drift, DriftKind, DriftReport, MetaCatalog, MetaCounts, MetaItem, MetaItemStatus, Product,
        ProductStatus,
    },
    store::Store,
};

use super::{insert, product};
use crate::{
    given::{Business, Stack, newest, stacks},
    pages::walk,
};

fn catalog(stack: &Stack, business: &Business, enabled: bool) -> MetaCatalog {
    MetaCatalog {
        account_id: business.account.id,
        catalog_id: "1948".into(),
        enabled,
        error: None,
        drift: None,
        updated_at: stack.now(),
    }
}

fn item(stack: &Stack, product: &Product, status: MetaItemStatus) -> MetaItem {
    MetaItem {
        variant_id: product.variants.first().id,
        product_id: product.id,
        status,
        errors: Vec::new(),
        told: Some("{}".into()),
        handle: Some("A".into()),
        synced_at: None,
        updated_at: stack.now(),
    }
}

async fn connect(stack: &Stack, business: &Business, catalog: &MetaCatalog) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    uow.meta_catalog().upsert(catalog).await.unwrap();
    uow.commit().await.unwrap();
}

async fn products(stack: &Stack, business: &Business, count: usize) -> Vec<Product> {
    let mut products = Vec::new();
    for number in 0..count {
        let mut new = product(stack, "Tea", &number.to_string(), 500);
        new.status = ProductStatus::Active;
        assert!(insert(stack, business, &new).await);
        products.push(new);
    }
    products
}

#[tokio::test]
async fn an_organization_has_one_catalog_at_meta() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let read = stack.store.read(ours.id());
        assert_eq!(read.meta_catalog().find().await.unwrap(), None);
        let mut known = catalog(&stack, &ours, false);
        connect(&stack, &ours, &known).await;
        known.enabled = true;
        connect(&stack, &ours, &known).await;
        let found = read.meta_catalog().find().await.unwrap();
        assert_eq!(found, Some(known.clone()));
        let foreign = stack.store.read(theirs.id());
        assert_eq!(foreign.meta_catalog().find().await.unwrap(), None);

        let mut drift = DriftReport {
            is_complete: true,
            items_read: 1,
            checked_at: stack.now(),
            ..DriftReport::default()
        };
        drift.add(Drift {
            kind: DriftKind::Foreign,
            retailer_id: "SKU1".into(),
            product_id: None,
            ours: None,
            theirs: None,
        });
        let uow = stack.store.begin(ours.id()).await.unwrap();
        let meta = uow.meta_catalog();
        meta.note_error("1948", Some("No")).await.unwrap();
        meta.note_drift("1948", &drift).await.unwrap();
        // What comes late is about a catalog that is not there any more.
        meta.note_error("other", None).await.unwrap();
        uow.commit().await.unwrap();
        known.error = Some("No".into());
        known.drift = Some(drift);
        assert_eq!(read.meta_catalog().find().await.unwrap(), Some(known));
    }
}

#[tokio::test]
async fn of_two_who_change_the_catalog_one_waits_for_the_other() {
    for stack in stacks().await {
        let business = stack.business().await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert_eq!(uow.meta_catalog().lock().await.unwrap(), None);
        drop(uow);
        connect(&stack, &business, &catalog(&stack, &business, true)).await;
        let turns_off = async || {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let found = uow.meta_catalog().lock().await.unwrap().unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            let off = MetaCatalog {
                enabled: false,
                ..found.clone()
            };
            uow.meta_catalog().upsert(&off).await.unwrap();
            uow.commit().await.unwrap();
            found.enabled
        };
        let (one, other) = tokio::join!(turns_off(), turns_off());
        assert!(one != other, "both found it enabled");
    }
}

#[tokio::test]
async fn changes_wait_in_their_order_while_the_catalog_is_enabled() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let all = products(&stack, &ours, 3).await;
        let note = async |product: &Product| {
            let uow = stack.store.begin(ours.id()).await.unwrap();
            let (meta, changed) = (uow.meta_catalog(), [product.id]);
            let noted = meta.note_changes(&changed, stack.now()).await.unwrap();
            uow.commit().await.unwrap();
            noted
        };
        assert_eq!(note(&all[0]).await, None);
        connect(&stack, &ours, &catalog(&stack, &ours, false)).await;
        assert_eq!(note(&all[0]).await, None);
        connect(&stack, &ours, &catalog(&stack, &ours, true)).await;
        for product in [&all[1], &all[0], &all[1]] {
            assert_eq!(note(product).await, Some(ours.id()));
        }
        let read = stack.store.read(ours.id());
        let meta = read.meta_catalog();
        let changes = meta.changes(10).await.unwrap();
        let waiting: Vec<_> = changes.iter().map(|change| change.product_id).collect();
        assert_eq!(waiting, [all[1].id, all[0].id, all[1].id]);
        assert_eq!(meta.changes(2).await.unwrap(), changes[..2]);
        assert!(changes.iter().all(|change| !change.is_forced));
        assert_eq!(meta.counts().await.unwrap().changed, 2);
        let foreign = stack.store.read(theirs.id());
        assert_eq!(foreign.meta_catalog().changes(10).await.unwrap(), []);

        let ids: Vec<_> = changes[..2].iter().map(|change| change.id).collect();
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert!(!uow.meta_catalog().remove_changes(&ids).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(
            meta.changes(10).await.unwrap(),
            changes,
            "others' hands off"
        );
        for is_first in [true, false] {
            let uow = stack.store.begin(ours.id()).await.unwrap();
            let were_there = uow.meta_catalog().remove_changes(&ids).await.unwrap();
            assert_eq!(were_there, is_first);
            uow.commit().await.unwrap();
        }
        assert_eq!(meta.changes(10).await.unwrap(), changes[2..]);
    }
}

#[tokio::test]
async fn all_is_told_anew_that_is_sold_or_known_at_meta() {
    for stack in stacks().await {
        let business = stack.business().await;
        let sold = products(&stack, &business, 2).await;
        let (draft, known) = (
            product(&stack, "Draft", "D", 1),
            product(&stack, "Known", "K", 1),
        );
        for new in [&draft, &known] {
            assert!(insert(&stack, &business, new).await);
        }
        let uow = stack.store.begin(business.id()).await.unwrap();
        let meta = uow.meta_catalog();
        let items = [
            item(&stack, &known, MetaItemStatus::Synced),
            item(&stack, &sold[0], MetaItemStatus::Synced),
        ];
        meta.upsert_items(&items).await.unwrap();
        meta.note_change_of_all(stack.now()).await.unwrap();
        uow.commit().await.unwrap();
        let read = stack.store.read(business.id());
        let changes = read.meta_catalog().changes(10).await.unwrap();
        assert!(changes.iter().all(|change| change.is_forced));
        let mut told: Vec<_> = changes.iter().map(|change| change.product_id).collect();
        told.sort();
        let mut expected = vec![sold[0].id, sold[1].id, known.id];
        expected.sort();
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn what_meta_knows_of_items_is_kept_told_and_forgotten() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let all = products(&stack, &ours, 3).await;
        let mut items = [
            item(&stack, &all[0], MetaItemStatus::Sent),
            item(&stack, &all[1], MetaItemStatus::Sent),
            item(&stack, &all[2], MetaItemStatus::Sent),
        ];
        items[2].handle = Some("B".into());
        let store = async |items: &[MetaItem]| {
            let uow = stack.store.begin(ours.id()).await.unwrap();
            uow.meta_catalog().upsert_items(items).await.unwrap();
            uow.commit().await.unwrap();
        };
        store(&items).await;
        let read = stack.store.read(ours.id());
        let meta = read.meta_catalog();
        let sent = async |handle: &str| {
            let mut sent = meta.sent_with(handle).await.unwrap();
            sent.sort_by_key(|item| item.variant_id);
            sent
        };
        let mut expected = items[..2].to_vec();
        expected.sort_by_key(|item| item.variant_id);
        assert_eq!(sent("A").await, expected);
        let foreign = stack.store.read(theirs.id());
        assert_eq!(foreign.meta_catalog().sent_with("A").await.unwrap(), []);

        items[0].status = MetaItemStatus::Failed;
        items[0].errors = vec!["No".into()];
        items[0].told = None;
        items[1].status = MetaItemStatus::Synced;
        items[1].synced_at = Some(stack.now());
        store(&items[..2]).await;
        assert_eq!(sent("A").await, []);
        let found = meta.items_of(&[all[0].id]).await.unwrap();
        assert_eq!(found, items[..1]);
        let counts = MetaCounts {
            changed: 0,
            sent: 1,
            synced: 1,
            failed: 1,
        };
        assert_eq!(meta.counts().await.unwrap(), counts);

        connect(&stack, &ours, &catalog(&stack, &ours, true)).await;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        let meta_of = uow.meta_catalog();
        let changed = [all[1].id];
        meta_of.note_changes(&changed, stack.now()).await.unwrap();
        meta_of.remove_items(&[items[2].variant_id]).await.unwrap();
        uow.commit().await.unwrap();
        let ids: Vec<_> = all.iter().map(|product| product.id).collect();
        let standings = meta.standings(&ids).await.unwrap();
        assert_eq!(standings.len(), 2);
        assert_eq!(standings[&all[0].id].items, items[..1]);
        assert!(!standings[&all[0].id].has_changed);
        assert!(standings[&all[1].id].has_changed);
        assert!(
            foreign
                .meta_catalog()
                .standings(&ids)
                .await
                .unwrap()
                .is_empty()
        );

        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.meta_catalog().forget_items().await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(meta.items_of(&ids).await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_failed_is_listed_newest_first() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let all = products(&stack, &ours, 7).await;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        for (index, product) in all.iter().enumerate() {
            if index % 3 == 0 {
                stack.clock.advance(Duration::from_secs(1));
            }
            let failed = item(&stack, product, MetaItemStatus::Failed);
            uow.meta_catalog().upsert_items(&[failed]).await.unwrap();
        }
        uow.commit().await.unwrap();
        let read = stack.store.read(ours.id());
        let listed = walk(async |page| read.meta_catalog().failed(page).await.unwrap()).await;
        assert_eq!(listed.len(), 7);
        assert!(
            listed.is_sorted_by_key(|item| std::cmp::Reverse((item.updated_at, item.variant_id)))
        );
        let foreign = stack.store.read(theirs.id());
        let foreign = foreign.meta_catalog().failed(newest(10)).await.unwrap();
        assert_eq!(foreign.rows, []);
    }
}

#[tokio::test]
async fn products_are_found_by_their_ids_and_their_variants() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let all = products(&stack, &ours, 3).await;
        let ids = [
            all[0].id.uuid(),
            all[1].variants.first().id.uuid(),
            all[1].id.uuid(),
            ours.id().uuid(),
        ];
        let read = stack.store.read(ours.id());
        let mut found = read.products().find_named(&ids).await.unwrap();
        found.sort_by_key(|product| product.id);
        assert_eq!(found, all[..2]);
        let foreign = stack.store.read(theirs.id());
        assert_eq!(foreign.products().find_named(&ids).await.unwrap(), []);
        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.products().remove(all[0].id, stack.now()).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(read.products().find_named(&ids).await.unwrap(), all[1..2]);
    }
}
