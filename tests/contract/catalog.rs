//! Products, categories, prices and stock.

pub(crate) mod categories;
mod facets;
mod filters;
mod meta;
mod search;
mod stock;

use std::time::Duration;

use domain::{
    catalog::{
        PriceRecord, Product, ProductDraft, ProductFilter, ProductSort, ProductStatus, VariantDraft,
    },
    id::Id,
    money::{Currency, Money},
    page::{SortedPage, SortedRequest},
    store::Store,
};
use futures_util::future::join_all;

use crate::{
    given::{Business, Stack, concurrent_stacks, stacks},
    pages::walk,
};

pub(crate) fn pesos(amount: i64) -> Money {
    Money::new(amount, Currency::MXN)
}

pub(crate) fn draft(name: &str, sku: &str, price: i64) -> ProductDraft {
    ProductDraft {
        name: name.into(),
        variants: vec![VariantDraft {
            sku: sku.into(),
            price: Some(pesos(price)),
            stock: Some(5),
            ..VariantDraft::default()
        }],
        track_inventory: true,
        ..ProductDraft::default()
    }
}

pub(crate) fn product(stack: &Stack, name: &str, sku: &str, price: i64) -> Product {
    let draft = draft(name, sku, price);
    draft.make(None, Currency::MXN, stack.now()).unwrap()
}

pub(crate) async fn insert(stack: &Stack, business: &Business, product: &Product) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let inserted = uow.products().insert(product).await.unwrap();
    if inserted {
        uow.commit().await.unwrap();
    }
    inserted
}

async fn update(stack: &Stack, business: &Business, product: &Product) -> bool {
    let uow = stack.store.begin(business.id()).await.unwrap();
    uow.products().lock(product.id).await.unwrap().unwrap();
    let updated = uow.products().update(product).await.unwrap();
    if updated {
        uow.commit().await.unwrap();
    }
    updated
}

pub(crate) async fn find(stack: &Stack, business: &Business, product: &Product) -> Option<Product> {
    let read = stack.store.read(business.id());
    read.products().find(product.id).await.unwrap()
}

fn all_by(sort: ProductSort, descending: bool) -> SortedRequest<ProductSort> {
    SortedRequest {
        sort,
        descending,
        after: None,
        limit: 100,
    }
}

async fn list(
    stack: &Stack,
    business: &Business,
    filter: &ProductFilter,
    page: &SortedRequest<ProductSort>,
) -> SortedPage<Product> {
    let read = stack.store.read(business.id());
    read.products().list(filter, page).await.unwrap()
}

#[tokio::test]
async fn a_product_is_kept_whole_and_changed_whole() {
    for stack in stacks().await {
        let business = stack.business().await;
        let categories = categories::some(&stack, &business, 2).await;
        let mut shirt = ProductDraft {
            name: "Shirt".into(),
            description: Some("Of linen".into()),
            status: ProductStatus::Active,
            category_ids: vec![categories[1], categories[0]],
            tags: vec!["Sale".into(), "linen".into()],
            options: vec![domain::catalog::OptionDraft {
                name: "Size".into(),
                values: vec!["S".into(), "L".into()],
            }],
            low_stock_threshold: Some(2),
            allow_backorder: true,
            ..draft("", "SHIRT-S", 20_000)
        };
        shirt.variants[0].option_values = vec!["S".into()];
        shirt.variants.push(VariantDraft {
            sku: "SHIRT-L".into(),
            option_values: vec!["L".into()],
            price: Some(pesos(21_000)),
            compare_at_price: Some(pesos(25_000)),
            cost: Some(pesos(9_000)),
            ..VariantDraft::default()
        });
        let shirt = shirt.make(None, Currency::MXN, stack.now()).unwrap();
        assert!(insert(&stack, &business, &shirt).await);
        assert_eq!(find(&stack, &business, &shirt).await, Some(shirt.clone()));

        // The first variant goes, and another comes that takes its SKU over.
        let mut changed = ProductDraft::of(&shirt);
        changed.name = "Linen shirt".into();
        changed.category_ids = vec![categories[0]];
        changed.tags = vec!["linen".into()];
        changed.variants[0].id = None;
        let now = stack.now() + Duration::from_secs(1);
        let mut changed = changed.make(Some(&shirt), Currency::MXN, now).unwrap();
        changed.updated_at = now;
        assert!(update(&stack, &business, &changed).await);
        changed.version = 2;
        assert_eq!(find(&stack, &business, &shirt).await, Some(changed));
    }
}

#[tokio::test]
async fn a_sku_is_had_by_one_in_each_organization_until_it_is_free_again() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let first = product(&stack, "Tea", "TEA-1", 500);
        assert!(insert(&stack, &ours, &first).await);
        let again = product(&stack, "Other tea", "tea-1", 500);
        assert!(!insert(&stack, &ours, &again).await);
        assert!(insert(&stack, &theirs, &again).await);
        let second = product(&stack, "Coffee", "COFFEE", 900);
        assert!(insert(&stack, &ours, &second).await);
        let mut stealing = second.clone();
        stealing.variants[0].sku = first.variants[0].sku.clone();
        assert!(!update(&stack, &ours, &stealing).await);
        assert_eq!(find(&stack, &ours, &second).await, Some(second.clone()));

        let read = stack.store.read(ours.id());
        let sku = &first.variants[0].sku;
        let found = read.products().find_by_sku(sku).await.unwrap();
        assert_eq!(found, Some(first.id));
        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.products().remove(first.id, stack.now()).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(find(&stack, &ours, &first).await, None);
        assert_eq!(read.products().find_by_sku(sku).await.unwrap(), None);
        let later = product(&stack, "New tea", "TEA-1", 600);
        assert!(insert(&stack, &ours, &later).await);
    }
}

#[tokio::test]
async fn of_those_who_take_a_sku_at_once_one_has_it() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let inserts = (0..8).map(async |_| {
            let new = product(&stack, "Tea", "TEA-1", 500);
            insert(&stack, &business, &new).await
        });
        let inserted = join_all(inserts).await;
        assert_eq!(inserted.iter().filter(|inserted| **inserted).count(), 1);
    }
}

#[tokio::test]
async fn every_order_is_walked_page_by_page_in_both_directions() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let mut all = Vec::new();
        for (number, name) in [
            "Éclair", "eclair", "Zebra", "apple", "Ä", "10 pens", "b", "B",
        ]
        .into_iter()
        .enumerate()
        {
            let price = [300, 100, 300][number % 3];
            let mut new = product(&stack, name, &format!("SKU-{number}"), price);
            new.variants[0].stock.on_hand = [7, 0, 7][number % 3];
            new.updated_at = stack.now() + Duration::from_secs(60 - number as u64 % 4);
            assert!(insert(&stack, &ours, &new).await);
            assert!(
                insert(
                    &stack,
                    &theirs,
                    &product(&stack, name, &format!("T-{number}"), 1)
                )
                .await
            );
            all.push(new);
            if number % 2 == 1 {
                stack.clock.advance(Duration::from_secs(1));
            }
        }
        let folded = |product: &Product| domain::text::fold_for_search(&product.name);
        for sort in [
            ProductSort::CreatedAt,
            ProductSort::UpdatedAt,
            ProductSort::Name,
            ProductSort::Price,
            ProductSort::Stock,
        ] {
            let mut expected = all.clone();
            expected.sort_by_key(|product| product.id);
            match sort {
                ProductSort::CreatedAt => expected.sort_by_key(|product| product.created_at),
                ProductSort::UpdatedAt => expected.sort_by_key(|product| product.updated_at),
                ProductSort::Name => expected.sort_by_key(folded),
                ProductSort::Price => {
                    expected.sort_by_key(|product| product.variants[0].price.amount);
                }
                ProductSort::Stock => expected.sort_by_key(|product| product.stock().on_hand),
            }
            for descending in [false, true] {
                let mut page = SortedRequest {
                    limit: 3,
                    ..all_by(sort, descending)
                };
                let mut walked = Vec::new();
                loop {
                    let found = list(&stack, &ours, &ProductFilter::default(), &page).await;
                    walked.extend(found.rows);
                    page.after = found.next;
                    if page.after.is_none() {
                        break;
                    }
                }
                assert_eq!(walked, expected, "{sort:?} {descending}");
                expected.reverse();
            }
        }
    }
}

#[tokio::test]
async fn what_a_product_has_cost_is_kept_for_ever() {
    for stack in stacks().await {
        let business = stack.business().await;
        let tea = product(&stack, "Tea", "TEA-1", 500);
        assert!(insert(&stack, &business, &tea).await);
        let mut expected = Vec::new();
        for price in 0_u8..8 {
            let record = PriceRecord {
                id: Id::generate(),
                product_id: tea.id,
                variant_id: tea.variants[0].id,
                price: pesos(price.into()),
                compare_at_price: Some(pesos(i64::from(price) + 1)),
                actor_id: Some(business.user.id),
                created_at: stack.now(),
            };
            let uow = stack.store.begin(business.id()).await.unwrap();
            let records = std::slice::from_ref(&record);
            uow.prices().append(records).await.unwrap();
            uow.commit().await.unwrap();
            expected.insert(0, record);
            stack
                .clock
                .advance(Duration::from_secs(u64::from(price % 2)));
        }
        expected.sort_by_key(|record| std::cmp::Reverse((record.created_at, record.id)));
        let read = stack.store.read(business.id());
        let walked = walk(async |page| read.prices().list(tea.id, page).await.unwrap()).await;
        assert_eq!(walked, expected);
        assert_eq!(read.prices().count(tea.id).await.unwrap(), 8);
    }
}

#[tokio::test]
async fn another_organization_neither_sees_nor_changes_the_catalog() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let tea = product(&stack, "Tea", "TEA-1", 500);
        assert!(insert(&stack, &ours, &tea).await);
        let read = stack.store.read(theirs.id());
        assert!(!read.products().any().await.unwrap());
        assert_eq!(find(&stack, &theirs, &tea).await, None);
        let all = ProductFilter::default();
        let page = all_by(ProductSort::Name, false);
        assert_eq!(list(&stack, &theirs, &all, &page).await.rows, []);
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert_eq!(uow.products().lock(tea.id).await.unwrap(), None);
        let variants = [tea.variants[0].id];
        assert_eq!(uow.products().lock_with(&variants).await.unwrap(), []);
        uow.products().remove(tea.id, stack.now()).await.unwrap();
        let mut emptied = tea.clone();
        emptied.variants[0].stock.on_hand = 0;
        uow.products().update_stock(&emptied).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(find(&stack, &ours, &tea).await, Some(tea));
    }
}

#[tokio::test]
async fn the_currency_is_held_while_a_product_is_priced_in_it() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let pricing = stack.store.begin(business.id()).await.unwrap();
        let held = pricing.organizations().hold_currency().await.unwrap();
        assert_eq!(held, Some(Currency::MXN));
        let change = async {
            let uow = stack.store.begin(business.id()).await.unwrap();
            let organization = uow.organizations().current().await.unwrap().unwrap();
            let changed = domain::organizations::Organization {
                currency: Currency::USD,
                ..organization
            };
            uow.organizations().update(&changed).await.unwrap();
            uow.products().any().await.unwrap()
        };
        let price = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let tea = product(&stack, "Tea", "TEA-1", 500);
            assert!(pricing.products().insert(&tea).await.unwrap());
            pricing.commit().await.unwrap();
        };
        let (is_priced, ()) = tokio::join!(change, price);
        assert!(is_priced, "the change did not wait for the price");
    }
}
