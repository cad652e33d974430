use domain::{
    catalog::{Product, ProductDraft, ProductFilter, ProductSort},
    chats::SearchQuery,
    money::Currency,
    store::Store,
};

use super::{all_by, draft, insert, list, update};
use crate::given::{Business, Stack, stacks};

async fn names(stack: &Stack, business: &Business, search: &str) -> Vec<String> {
    let filter = ProductFilter {
        search: Some(SearchQuery::of_any_length(search).unwrap()),
        ..ProductFilter::default()
    };
    let page = all_by(ProductSort::Name, false);
    let found = list(stack, business, &filter, &page).await.rows;
    let read = stack.store.read(business.id());
    let count = read.products().count(&filter).await.unwrap();
    assert_eq!(count, found.len() as u64, "{search}");
    found.into_iter().map(|product| product.name).collect()
}

async fn add(stack: &Stack, business: &Business, draft: ProductDraft) -> Product {
    let product = draft.make(None, Currency::MXN, stack.now()).unwrap();
    assert!(insert(stack, business, &product).await);
    product
}

async fn shop(stack: &Stack) -> (Business, Product) {
    let business = stack.business().await;
    let tea = ProductDraft {
        description: Some("Té de jazmín, cosechado a mano".into()),
        tags: vec!["Bebidas".into()],
        ..draft("Jasmine Tea", "TEA-0042", 500)
    };
    let tea = add(stack, &business, tea).await;
    add(stack, &business, draft("Green Tea", "TEA-0043", 400)).await;
    add(stack, &business, draft("烏龍茶", "CHA-1", 400)).await;
    (business, tea)
}

#[tokio::test]
async fn products_are_found_by_beginnings_of_words_wherever_they_stand() {
    for stack in stacks().await {
        let (business, _) = shop(&stack).await;
        let others = stack.business().await;
        add(&stack, &others, draft("Jasmine soap", "SOAP", 1)).await;
        for (search, expected) in [
            ("jas", vec!["Jasmine Tea"]),
            ("TEA", vec!["Green Tea", "Jasmine Tea"]),
            ("tea jasmine", vec!["Jasmine Tea"]),
            ("jazmin", vec!["Jasmine Tea"]),
            ("bebidas", vec!["Jasmine Tea"]),
            ("tea-0042", vec!["Jasmine Tea"]),
            ("tea0042", vec!["Jasmine Tea"]),
            ("龍茶", vec!["烏龍茶"]),
            ("茶", vec!["烏龍茶"]),
            ("soap", vec![]),
            ("a' | 'b\" OR *", vec![]),
        ] {
            assert_eq!(names(&stack, &business, search).await, expected, "{search}");
        }
    }
}

#[tokio::test]
async fn a_product_is_found_by_what_it_says_now_and_not_once_it_is_gone() {
    for stack in stacks().await {
        let (business, tea) = shop(&stack).await;
        let mut changed = tea.clone();
        changed.name = "Rose infusion".into();
        changed.tags.clear();
        assert!(update(&stack, &business, &changed).await);
        assert!(names(&stack, &business, "jasmine").await.is_empty());
        assert_eq!(names(&stack, &business, "rose").await, ["Rose infusion"]);
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.products().remove(tea.id, stack.now()).await.unwrap();
        uow.commit().await.unwrap();
        assert!(names(&stack, &business, "rose").await.is_empty());
    }
}

#[tokio::test]
async fn postgres_understands_a_misspelled_word() {
    for stack in stacks().await {
        if !stack.is_on_postgres() {
            continue;
        }
        let (business, _) = shop(&stack).await;
        let others = stack.business().await;
        add(&stack, &others, draft("Jasmina", "SOAP", 1)).await;
        for (search, expected) in [
            ("jasmin", vec!["Jasmine Tea"]),
            ("jassmine", vec!["Jasmine Tea"]),
            ("jasmne tea", vec!["Jasmine Tea"]),
            ("gren tea", vec!["Green Tea"]),
            ("bebibas", vec!["Jasmine Tea"]),
            ("jasmina", vec!["Jasmine Tea"]),
            ("xylophone", vec![]),
            ("jasmne-tea", vec!["Jasmine Tea"]),
            ("jazmni", vec!["Jasmine Tea"]),
            // Whoever writes another number means another product.
            ("tea0044", vec![]),
        ] {
            assert_eq!(names(&stack, &business, search).await, expected, "{search}");
        }
    }
}
