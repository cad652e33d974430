use super::*;

const USD: Currency = Currency::USD;

fn usd(amount: i64) -> Money {
    Money::new(amount, USD)
}

fn tea() -> ProductDraft {
    ProductDraft {
        name: " Green tea ".into(),
        tags: vec!["tea".into()],
        variants: vec![VariantDraft {
            sku: "TEA-1".into(),
            price: Some(usd(500)),
            stock: Some(7),
            ..VariantDraft::default()
        }],
        ..ProductDraft::default()
    }
}

fn shirt() -> ProductDraft {
    let variant = |size: &str, sku: &str| VariantDraft {
        sku: sku.into(),
        option_values: vec![size.into()],
        price: Some(usd(2_000)),
        ..VariantDraft::default()
    };
    ProductDraft {
        name: "Shirt".into(),
        options: vec![OptionDraft {
            name: "Size".into(),
            values: vec!["S".into(), "L".into()],
        }],
        variants: vec![variant("S", "SHIRT-S"), variant("L", "SHIRT-L")],
        ..ProductDraft::default()
    }
}

fn make(draft: ProductDraft) -> Result<Product, Vec<(String, &'static str)>> {
    let made = draft.make(None, USD, DateTime::UNIX_EPOCH);
    made.map_err(|faults| {
        let faults = faults.into_iter();
        faults.map(|fault| (fault.pointer, fault.code)).collect()
    })
}

#[test]
fn a_product_without_options_has_one_variant() {
    let product = make(tea()).unwrap();
    assert_eq!(product.name, "Green tea");
    let only = product.only_variant().unwrap();
    assert_eq!((only.sku.as_str(), only.stock.on_hand), ("TEA-1", 7));
    let mut many = tea();
    many.variants.push(VariantDraft {
        sku: "TEA-2".into(),
        ..many.variants[0].clone()
    });
    assert_eq!(make(many), Err(vec![("/variants".into(), "unexpected")]));
}

#[test]
fn a_draft_of_a_product_makes_the_same_product_again() {
    for draft in [tea(), shirt()] {
        let mut product = make(draft).unwrap();
        product.variants[0].stock.reserved = 3;
        let again = ProductDraft::of(&product);
        let again = again.make(Some(&product), USD, DateTime::UNIX_EPOCH);
        assert_eq!(again.as_ref(), Ok(&product));
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_where_it_is() {
    let mut draft = tea();
    draft.name = "\n".into();
    draft.tags = vec!["a".into(), "A".into()];
    draft.low_stock_threshold = Some(-1);
    draft.variants[0] = VariantDraft {
        sku: " ".into(),
        price: Some(Money::new(-1, Currency::JPY)),
        compare_at_price: Some(usd(-2)),
        stock: Some(-1),
        ..VariantDraft::default()
    };
    let expected = [
        ("/name", "required"),
        ("/tags/1", "repeated"),
        ("/lowStockThreshold", "out_of_range"),
        ("/sku", "required"),
        ("/price/currency", "other_currency"),
        ("/price/amount", "out_of_range"),
        ("/compareAtPrice/amount", "out_of_range"),
        ("/compareAtPrice", "not_above_price"),
        ("/stock", "out_of_range"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code));
    assert_eq!(make(draft), Err(expected.to_vec()));
}

#[test]
fn variants_are_told_apart_by_their_options_and_skus() {
    let product = make(shirt()).unwrap();
    assert_eq!(product.only_variant(), None);
    assert_eq!(product.price_range(), (usd(2_000), usd(2_000)));

    let mut draft = shirt();
    draft.variants[1].option_values = vec!["S".into()];
    draft.variants[1].sku = "shirt-s".into();
    let expected = [
        ("/variants/1/optionValues", "repeated"),
        ("/variants/1/sku", "repeated"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code));
    assert_eq!(make(draft), Err(expected.to_vec()));

    let mut draft = shirt();
    draft.variants[0].option_values = vec!["XL".into()];
    draft.variants[1].option_values = Vec::new();
    draft.variants[1].id = Some(Id::generate());
    let expected = [
        ("/variants/0/optionValues/0", "unknown_value"),
        ("/variants/1/optionValues", "out_of_range"),
        ("/variants/1/id", "unknown_variant"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code));
    assert_eq!(make(draft), Err(expected.to_vec()));
}

#[test]
fn the_stock_of_a_variant_that_is_there_is_not_edited() {
    let product = make(tea()).unwrap();
    let mut draft = ProductDraft::of(&product);
    draft.variants[0].stock = Some(8);
    let faults = draft.make(Some(&product), USD, DateTime::UNIX_EPOCH);
    assert_eq!(faults.unwrap_err()[0].pointer, "/stock");
}
