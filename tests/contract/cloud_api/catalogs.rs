use domain::{
    money::{Currency, Money},
    whatsapp::{CatalogItem, CloudApi, CloudApiError, ItemChange, ItemError, ShownItem},
};
use in_memory::{CATALOG, ScriptedCloudApi};
use meta_simulator::Catalog;

use super::{Meta, credentials};

fn connect(meta: &Meta) {
    meta.simulator().add_catalog(Catalog {
        id: CATALOG.into(),
        business_account_id: credentials().business_account_id,
        products: Vec::new(),
    });
}

fn item(id: &str, amount: i64) -> ItemChange {
    ItemChange::Upsert(Box::new(CatalogItem {
        retailer_id: id.into(),
        group_id: Some("group".into()),
        title: "Tea".into(),
        description: "Green".into(),
        price: Money::new(amount, Currency::USD),
        is_available: amount % 2 == 0,
        image_url: Some("https://shop.example/tea.webp".into()),
        link: "https://shop.example/".into(),
    }))
}

/// All that the catalog shows, page by page, in the order of the retailer ids.
async fn shown(api: &dyn CloudApi) -> Vec<ShownItem> {
    let mut items = Vec::new();
    let mut after = None;
    loop {
        let page = api
            .shown_items(&credentials(), CATALOG, after.as_deref())
            .await
            .unwrap();
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            items.sort_by(|a, b| a.retailer_id.cmp(&b.retailer_id));
            return items;
        }
    }
}

/// Has it done, and answers what went wrong.
async fn change(api: &dyn CloudApi, changes: &[ItemChange]) -> Vec<ItemError> {
    let accepted = api.change_items(&credentials(), CATALOG, changes).await;
    let handle = accepted.unwrap().handle.unwrap();
    let status = api.batch_status(&credentials(), CATALOG, &handle).await;
    let status = status.unwrap();
    assert!(status.is_finished);
    status.errors
}

#[tokio::test]
async fn items_come_change_and_go_by_their_retailer_ids() {
    let meta = Meta::start().await;
    connect(&meta);
    let scripted = ScriptedCloudApi::default();
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    for api in apis {
        let catalogs = api.catalogs(&credentials()).await.unwrap();
        let ids: Vec<_> = catalogs.iter().map(|catalog| catalog.id.as_str()).collect();
        assert_eq!(ids, [CATALOG]);
        let many: Vec<_> = (0..250)
            .map(|n| item(&format!("{n:03}"), 500 + n))
            .collect();
        assert_eq!(change(api, &many).await, []);
        // Telling it again changes nothing.
        assert_eq!(change(api, &many[..100]).await, []);
        let all = shown(api).await;
        assert_eq!(all.len(), 250);
        assert_eq!(all[1].retailer_id, "001");
        assert_eq!(all[1].amount(2), Some(501));
        assert_eq!(all[1].currency.as_deref(), Some("USD"));
        let availability = |item: &ShownItem| item.availability.clone().unwrap();
        assert_eq!(availability(&all[0]), "in stock");
        assert_eq!(availability(&all[1]), "out of stock");
        let remove = ItemChange::Remove {
            retailer_id: "000".into(),
        };
        assert_eq!(change(api, &[remove.clone(), item("001", 900)]).await, []);
        assert_eq!(change(api, &[remove]).await, [], "it is gone already");
        let left = shown(api).await;
        assert_eq!(left.len(), 249);
        assert_eq!(left[0].amount(2), Some(900));
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_item_is_told_and_the_others_go() {
    let meta = Meta::start().await;
    connect(&meta);
    meta.simulator().refuse_item("B", Some("Not this one"));
    let scripted = ScriptedCloudApi::default();
    scripted.with_catalog(|catalog| catalog.refused.insert("B".into(), "Not this one".into()));
    let apis: [&dyn CloudApi; 2] = [&meta.api, &scripted];
    for api in apis {
        let errors = change(api, &[item("A", 500), item("B", 500)]).await;
        let expected = ItemError {
            retailer_id: Some("B".into()),
            message: "Not this one".into(),
        };
        assert_eq!(errors, [expected]);
        assert_eq!(shown(api).await.len(), 1);
    }
    meta.simulator().refuse_item("B", None);
    assert_eq!(change(&meta.api, &[item("B", 500)]).await, []);
}

#[tokio::test]
async fn a_catalog_that_is_not_ours_is_refused() {
    let meta = Meta::start().await;
    let catalogs = meta.api.catalogs(&credentials()).await.unwrap();
    assert_eq!(catalogs, []);
    let changed = meta
        .api
        .change_items(&credentials(), CATALOG, &[item("A", 500)])
        .await;
    assert!(matches!(changed, Err(CloudApiError::Refused(_))));
    let shown = meta.api.shown_items(&credentials(), CATALOG, None).await;
    assert!(matches!(shown, Err(CloudApiError::Refused(_))));
}
