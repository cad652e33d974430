use domain::{
    catalog::{Category, CategoryTree, ProductFacets, ProductFilter, ProductStatus, StockFacet},
    chats::SearchQuery,
    store::Store,
};

use super::{categories, insert, product, update};
use crate::given::{Business, Stack, stacks};

async fn facets(stack: &Stack, business: &Business, filter: &ProductFilter) -> ProductFacets {
    let read = stack.store.read(business.id());
    let tree = CategoryTree::new(read.categories().all().await.unwrap());
    read.products().facets(filter, &tree).await.unwrap()
}

#[tokio::test]
async fn each_facet_counts_what_another_choice_would_find() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let ids = categories::some(&stack, &ours, 3).await;
        let [drinks, hot, cold] = ids[..] else {
            panic!("three")
        };
        let uow = stack.store.begin(ours.id()).await.unwrap();
        let tree = uow.categories().lock_all().await.unwrap();
        let below = tree.into_iter().filter(|category| category.id != drinks);
        let below = below.map(|category| Category {
            parent_id: Some(drinks),
            ..category
        });
        let below: Vec<_> = below.collect();
        uow.categories().update(&below).await.unwrap();
        uow.commit().await.unwrap();

        let mut tea = product(&stack, "Green tea", "1", 500);
        tea.status = ProductStatus::Active;
        // In one and in what is below it, and still one.
        tea.category_ids = vec![hot, drinks];
        let mut juice = product(&stack, "Green juice", "2", 900);
        juice.category_ids = vec![cold];
        juice.variants[0].stock.on_hand = 0;
        juice.variants[0].stock.is_low = true;
        let mut cup = product(&stack, "Cup", "3", 100);
        cup.status = ProductStatus::Active;
        for new in [&tea, &juice, &cup] {
            assert!(insert(&stack, &ours, new).await);
        }
        let mut foreign = product(&stack, "Green", "4", 1);
        foreign.status = ProductStatus::Active;
        assert!(insert(&stack, &theirs, &foreign).await);

        let all = facets(&stack, &ours, &ProductFilter::default()).await;
        let expected = ProductFacets {
            categories: [(drinks, 2), (hot, 1), (cold, 1)].into(),
            statuses: [(ProductStatus::Active, 2), (ProductStatus::Draft, 1)].into(),
            stock: StockFacet {
                in_stock: 2,
                out_of_stock: 1,
                low: 1,
            },
            prices: Some((100, 900)),
        };
        assert_eq!(all, expected);

        let chosen = ProductFilter {
            search: Some(SearchQuery::parse("green").unwrap()),
            categories: Some(vec![hot]),
            status: Some(ProductStatus::Active),
            in_stock: Some(true),
            min_price: Some(500),
            max_price: Some(500),
            ..ProductFilter::default()
        };
        let expected = ProductFacets {
            categories: [(drinks, 1), (hot, 1)].into(),
            statuses: [(ProductStatus::Active, 1)].into(),
            stock: StockFacet {
                in_stock: 1,
                out_of_stock: 0,
                low: 0,
            },
            prices: Some((500, 500)),
        };
        assert_eq!(facets(&stack, &ours, &chosen).await, expected);
        // But for its own choice, each has the rest of it.
        let cold_drinks = ProductFilter {
            categories: Some(vec![cold]),
            ..chosen.clone()
        };
        let found = facets(&stack, &ours, &cold_drinks).await;
        assert_eq!(found.categories, expected.categories);
        assert_eq!(found.statuses, [].into());
        assert_eq!(found.stock, StockFacet::default());
        assert_eq!(found.prices, None);
        let drafts = ProductFilter {
            status: Some(ProductStatus::Draft),
            ..chosen
        };
        let found = facets(&stack, &ours, &drafts).await;
        assert_eq!(found.statuses, expected.statuses);
        assert_eq!(found.categories, [].into());

        // What changes is counted as it is then.
        tea.category_ids = vec![drinks, cold];
        assert!(update(&stack, &ours, &tea).await);
        tea.variants[0].stock.is_low = true;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.products().update_stock(&tea).await.unwrap();
        uow.commit().await.unwrap();
        let changed = facets(&stack, &ours, &ProductFilter::default()).await;
        assert_eq!(changed.categories, [(drinks, 2), (cold, 2)].into());
        assert_eq!(changed.stock.low, 2);

        // A category that goes takes no product with it, nor does it count any more.
        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.categories().remove(cold).await.unwrap();
        uow.commit().await.unwrap();
        let left = facets(&stack, &ours, &ProductFilter::default()).await;
        assert_eq!(left.categories, [(drinks, 1)].into());
        assert_eq!(left.statuses, all.statuses);
    }
}
