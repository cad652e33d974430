use std::slice;

use domain::{
    catalog::{Product, ProductDraft, Sku, VariantDraft},
    money::{Currency, Money},
};

use super::begin;
use crate::given::{Business, Stack, stacks};

async fn inserted(stack: &Stack, business: &Business, sku: &str) -> Product {
    let draft = ProductDraft {
        name: sku.to_owned(),
        variants: vec![VariantDraft {
            sku: sku.to_owned(),
            price: Some(Money::new(500, Currency::USD)),
            ..VariantDraft::default()
        }],
        ..ProductDraft::default()
    };
    let product = draft.make(None, Currency::USD, stack.now()).unwrap();
    let uow = begin(stack, business).await;
    assert!(uow.products().insert(&product).await.unwrap());
    uow.commit().await.unwrap();
    product
}

#[tokio::test]
async fn products_are_found_by_ids_and_by_skus_together() {
    for stack in stacks().await {
        let (business, others) = (stack.business().await, stack.business().await);
        let tea = inserted(&stack, &business, "TEA").await;
        let mug = inserted(&stack, &business, "Mug").await;
        let gone = inserted(&stack, &business, "GONE").await;
        inserted(&stack, &others, "TEA").await;
        let uow = begin(&stack, &business).await;
        uow.products().remove(gone.id, stack.now()).await.unwrap();
        uow.commit().await.unwrap();
        let skus = ["tea", "gone", "nothing"].map(|sku| Sku::parse(sku).unwrap());
        let uow = begin(&stack, &business).await;
        let products = uow.imported_products();
        let ids = [mug.id, tea.id, gone.id];
        let found = products.lock_all(&ids, &skus).await.unwrap();
        assert_eq!(found, [tea.clone(), mug.clone()]);
        assert_eq!(products.lock_all(&[], &skus).await.unwrap(), [tea]);
        assert_eq!(
            products.lock_all(&[mug.id], &[]).await.unwrap(),
            slice::from_ref(&mug)
        );
        assert_eq!(products.lock_all(&[], &[]).await.unwrap(), []);
        drop(uow);
        let uow = begin(&stack, &others).await;
        let products = uow.imported_products();
        assert_eq!(products.lock_all(&[mug.id], &[]).await.unwrap(), []);
    }
}
