use domain::{
    catalog::{
        CategoryId, OptionDraft, ProductDraft, ProductFilter, ProductSort, ProductStatus,
        VariantDraft,
    },
    chats::{Label, SearchQuery},
    money::Currency,
    store::Store,
};

use super::{all_by, categories, draft, insert, list, pesos};
use crate::given::stacks;

fn with(change: impl FnOnce(&mut ProductFilter)) -> ProductFilter {
    let mut filter = ProductFilter::default();
    change(&mut filter);
    filter
}

#[tokio::test]
async fn products_are_found_by_any_filters_together() {
    for stack in stacks().await {
        let business = stack.business().await;
        let categories = categories::some(&stack, &business, 2).await;
        let make = |name: &str, sku: &str, price, change: fn(&mut ProductDraft)| {
            let mut draft = draft(name, sku, price);
            draft.description = Some("Goods of ours".into());
            change(&mut draft);
            draft.make(None, Currency::MXN, stack.now()).unwrap()
        };
        let mut tea = make("Tea", "1", 500, |draft| {
            draft.status = ProductStatus::Active;
            draft.tags = vec!["Hot".into()];
        });
        tea.category_ids = vec![categories[0]];
        let mut coffee = make("Coffee", "2", 900, |draft| draft.variants[0].stock = None);
        coffee.category_ids = vec![categories[1], categories[0]];
        let order = make("Order", "3", 100, |draft| {
            draft.variants[0].stock = None;
            draft.allow_backorder = true;
        });
        // Nothing of it costs what lies between.
        let shirt = make("Shirt", "4", 1_000, |draft| {
            draft.options = vec![OptionDraft {
                name: "Size".into(),
                values: vec!["S".into(), "L".into()],
            }];
            draft.variants[0].option_values = vec!["S".into()];
            draft.variants.push(VariantDraft {
                sku: "5".into(),
                option_values: vec!["L".into()],
                price: Some(pesos(3_000)),
                ..VariantDraft::default()
            });
        });
        for new in [&tea, &coffee, &order, &shirt] {
            assert!(insert(&stack, &business, new).await);
        }
        let by = |categories: &[CategoryId]| ProductFilter {
            categories: Some(categories.to_vec()),
            ..ProductFilter::default()
        };
        let between = |min_price, max_price| ProductFilter {
            min_price,
            max_price,
            ..ProductFilter::default()
        };
        for (filter, expected) in [
            (
                ProductFilter::default(),
                vec!["Coffee", "Order", "Shirt", "Tea"],
            ),
            (by(&categories[..1]), vec!["Coffee", "Tea"]),
            (by(&categories[1..]), vec!["Coffee"]),
            (by(&categories), vec!["Coffee", "Tea"]),
            (by(&[]), vec![]),
            (
                with(|it| it.status = Some(ProductStatus::Active)),
                vec!["Tea"],
            ),
            (with(|it| it.tag = Label::parse("hot").ok()), vec!["Tea"]),
            (between(Some(500), Some(899)), vec!["Tea"]),
            (
                with(|it| it.in_stock = Some(true)),
                vec!["Order", "Shirt", "Tea"],
            ),
            (between(Some(1_001), Some(2_999)), vec![]),
            (between(Some(1_000), Some(2_999)), vec!["Shirt"]),
            (between(Some(1_001), Some(3_000)), vec!["Shirt"]),
            (between(Some(1_001), None), vec!["Shirt"]),
            (between(None, Some(500)), vec!["Order", "Tea"]),
            (
                with(|it| (it.in_stock, it.max_price) = (Some(false), Some(900))),
                vec!["Coffee"],
            ),
        ] {
            // With a word that all have, too.
            for search in [None, SearchQuery::parse("goods").ok()] {
                let filter = ProductFilter {
                    search,
                    ..filter.clone()
                };
                let page = all_by(ProductSort::Name, false);
                let found = list(&stack, &business, &filter, &page).await.rows;
                let names: Vec<_> = found.iter().map(|product| product.name.as_str()).collect();
                assert_eq!(names, expected, "{filter:?}");
                let read = stack.store.read(business.id());
                let count = read.products().count(&filter).await.unwrap();
                assert_eq!(count, expected.len() as u64, "{filter:?}");
            }
        }
    }
}
