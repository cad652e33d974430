use super::*;
use crate::id::Id;

fn message(action: Action) -> Interactive {
    Interactive {
        header: None,
        body: Some("Choose".into()),
        footer: None,
        action,
        products: Vec::new(),
    }
}

fn button(id: &str, title: &str) -> ReplyButton {
    ReplyButton {
        id: id.into(),
        title: title.into(),
    }
}

fn row(id: &str) -> ListRow {
    ListRow {
        id: id.into(),
        title: "Small".into(),
        description: None,
    }
}

fn section(title: Option<&str>, rows: Vec<ListRow>) -> ListSection {
    ListSection {
        title: title.map(str::to_owned),
        rows,
    }
}

fn list(sections: Vec<ListSection>) -> Interactive {
    message(Action::List {
        button: "Menu".into(),
        sections,
    })
}

fn products(title: Option<&str>, count: usize) -> ProductSection {
    ProductSection {
        title: title.map(str::to_owned),
        product_retailer_ids: vec!["SKU1".into(); count],
    }
}

fn text_header() -> InteractiveHeader {
    InteractiveHeader::Text("Offers".into())
}

fn file_header(kind: MediaKind) -> InteractiveHeader {
    InteractiveHeader::File {
        kind,
        media_id: Id::generate(),
        filename: None,
    }
}

#[track_caller]
fn assert_faults(message: &Interactive, expected: &[(&str, &str)]) {
    let mut faults = ContentFaults::default();
    message.check(&mut faults);
    let told: Vec<_> = faults
        .0
        .iter()
        .map(|fault| (fault.pointer.as_str(), fault.code))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn what_meta_takes_is_taken_up_to_its_limits() {
    let buttons = (0..3).map(|n| button(&format!("{n:0256}"), &format!("{n:020}")));
    let mut largest = message(Action::Buttons(buttons.collect()));
    largest.body = Some("é".repeat(1024));
    largest.footer = Some("é".repeat(60));
    largest.header = Some(InteractiveHeader::Text("é".repeat(60)));
    assert_faults(&largest, &[]);
    for kind in [MediaKind::Image, MediaKind::Video, MediaKind::Document] {
        largest.header = Some(file_header(kind));
        assert_faults(&largest, &[]);
    }

    let rows = (0..10).map(|n| ListRow {
        title: "é".repeat(24),
        description: Some("é".repeat(72)),
        ..row(&format!("{n:0200}"))
    });
    assert_faults(&list(vec![section(None, rows.collect())]), &[]);

    let mut offers = message(Action::ProductList {
        catalog_id: "1948".into(),
        sections: vec![products(Some("A"), 15), products(Some("B"), 15)],
    });
    offers.header = Some(text_header());
    assert_faults(&offers, &[]);
    let mut product = message(Action::Product {
        catalog_id: "1948".into(),
        product_retailer_id: "SKU1".into(),
    });
    product.body = None;
    assert_faults(&product, &[]);
    for action in [
        Action::CtaUrl {
            display_text: "Open".into(),
            url: "https://example.com/d".into(),
        },
        Action::Catalog {
            thumbnail_product_retailer_id: None,
        },
        Action::LocationRequest,
    ] {
        assert_faults(&message(action), &[]);
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let mut wrong = message(Action::Buttons(vec![
        button("yes", "Yes"),
        button("yes", "Yes"),
        button("", &"x".repeat(21)),
        button("no", "No"),
    ]));
    wrong.header = Some(InteractiveHeader::Text("x".repeat(61)));
    wrong.body = Some(" ".into());
    wrong.footer = Some("x".repeat(61));
    let expected = [
        ("/header/text", "too_long"),
        ("/body/text", "required"),
        ("/footer/text", "too_long"),
        ("/action/buttons", "too_many"),
        ("/action/buttons/1/reply/id", "duplicate"),
        ("/action/buttons/1/reply/title", "duplicate"),
        ("/action/buttons/2/reply/id", "required"),
        ("/action/buttons/2/reply/title", "too_long"),
    ];
    assert_faults(&wrong, &expected);
    wrong = message(Action::Buttons(Vec::new()));
    wrong.body = Some("x".repeat(1025));
    let expected = [("/body/text", "too_long"), ("/action/buttons", "too_few")];
    assert_faults(&wrong, &expected);
}

#[test]
fn a_list_has_ten_rows_in_all_and_titles_if_it_has_several_sections() {
    let rows = |from: u8, to: u8| (from..to).map(|n| row(&n.to_string())).collect();
    let crowded = list(vec![
        section(Some("A"), rows(0, 6)),
        section(None, rows(5, 10)),
    ]);
    let expected = [
        ("/action/sections/1/title", "required"),
        ("/action/sections", "too_many"),
        ("/action/sections/1/rows/0/id", "duplicate"),
    ];
    assert_faults(&crowded, &expected);
    let bare = list(vec![section(Some(&"x".repeat(25)), Vec::new())]);
    let expected = [
        ("/action/sections/0/title", "too_long"),
        ("/action/sections/0/rows", "too_few"),
    ];
    assert_faults(&bare, &expected);
    let many = (0..11u8).map(|n| section(Some("A"), rows(n, n + 1)));
    let expected = [
        ("/action/sections", "too_many"),
        ("/action/sections", "too_many"),
    ];
    assert_faults(&list(many.collect()), &expected);
}

#[test]
fn headers_and_footers_go_where_meta_shows_them() {
    let unfit = |action, header| Interactive {
        header,
        ..message(action)
    };
    let rows = vec![section(None, vec![row("1")])];
    let of_list = Interactive {
        header: Some(file_header(MediaKind::Image)),
        ..list(rows)
    };
    assert_faults(&of_list, &[("/header/type", "unsupported_type")]);
    let buttons = Action::Buttons(vec![button("1", "One")]);
    let sounding = unfit(buttons, Some(file_header(MediaKind::Audio)));
    assert_faults(&sounding, &[("/header/type", "unsupported_type")]);
    let mut asking = unfit(Action::LocationRequest, Some(text_header()));
    asking.footer = Some("Thanks".into());
    let expected = [("/header", "unexpected"), ("/footer", "unexpected")];
    assert_faults(&asking, &expected);
    let offers = Action::ProductList {
        catalog_id: String::new(),
        sections: vec![products(None, 31)],
    };
    let expected = [
        ("/header", "required"),
        ("/action/sections", "too_many"),
        ("/action/sections/0/productItems", "too_many"),
    ];
    assert_faults(&unfit(offers, None), &expected);
}

#[test]
fn a_link_leads_to_a_page() {
    for url in [
        "ftp://example.com",
        "example.com",
        "https://",
        "https://example.com/{{1}}",
        "javascript:alert(1)",
    ] {
        let link = message(Action::CtaUrl {
            display_text: "Open".into(),
            url: url.into(),
        });
        assert_faults(&link, &[("/action/parameters/url", "invalid_url")]);
    }
}
