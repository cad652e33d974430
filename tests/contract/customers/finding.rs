//! Filters and orders.

use chrono::{DateTime, Duration, Utc};
use domain::{
    chats::Label,
    customers::{
        Customer, CustomerFieldId, CustomerFilter, CustomerSort, FieldCondition, FieldValue,
        MarketingConsent, OwnerFilter, Stage,
    },
    id::Id,
    page::SortedRequest,
    store::Store,
};

use crate::given::{Business, Stack, customer, stacks};

fn by(sort: CustomerSort, descending: bool, limit: u32) -> SortedRequest<CustomerSort> {
    SortedRequest {
        sort,
        descending,
        after: None,
        limit,
    }
}

async fn keep(stack: &Stack, business: &Business, customers: &[Customer]) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    for customer in customers {
        assert!(uow.customers().insert(customer).await.unwrap());
    }
    uow.commit().await.unwrap();
}

/// Who meets a filter, by first name.
async fn found(stack: &Stack, business: &Business, filter: &CustomerFilter) -> Vec<String> {
    let read = stack.store.read(business.id());
    let all = by(CustomerSort::Name, false, 100);
    let page = read.customers().list(filter, &all).await.unwrap();
    let count = read.customers().count(filter).await.unwrap();
    assert_eq!(page.rows.len() as u64, count);
    let names = page.rows.into_iter().filter_map(|it| it.first_name);
    names.collect()
}

fn that(change: impl FnOnce(&mut CustomerFilter)) -> CustomerFilter {
    let mut filter = CustomerFilter::default();
    change(&mut filter);
    filter
}

/// Two besides Zoë: a regular whom the user owns, and one who opted out.
fn ana_and_bea(business: &Business, field: CustomerFieldId, now: DateTime<Utc>) -> [Customer; 2] {
    let ana = Customer {
        tags: tags(&["VIP", "café"]),
        stage: Stage::Customer,
        owner_id: Some(business.user.id),
        birthday: "1990-12-30".parse().ok(),
        last_seen_at: Some(now),
        custom_fields: [(field, FieldValue::Number(41.into()))].into(),
        ..customer("Ana Núñez", now)
    };
    let bea = Customer {
        tags: tags(&["vip"]),
        marketing_consent: MarketingConsent::OptedOut,
        created_at: now - Duration::days(2),
        custom_fields: [(field, FieldValue::Number((-3).into()))].into(),
        ..customer("Bea Nunez", now)
    };
    [ana, bea]
}

fn tags(names: &[&str]) -> Vec<Label> {
    Label::parse_all(names).unwrap()
}

#[tokio::test]
async fn filters_of_what_each_has_one_of_find_those_who_meet_them() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        keep(
            &stack,
            &business,
            &ana_and_bea(&business, Id::generate(), now),
        )
        .await;
        let user = business.user.id;
        let stages = vec![Stage::Customer, Stage::Inactive];
        for (what, filter, expected) in [
            ("all", that(|_| {}), vec!["Ana", "Bea", "Zoë"]),
            ("stage", that(|it| it.stages = stages), vec!["Ana"]),
            (
                "owner",
                that(|it| it.owner = Some(OwnerFilter::User(user))),
                vec!["Ana"],
            ),
            (
                "nobody's",
                that(|it| it.owner = Some(OwnerFilter::Nobody)),
                vec!["Bea", "Zoë"],
            ),
            (
                "opted out",
                that(|it| it.opted_out = Some(true)),
                vec!["Bea"],
            ),
            (
                "not so",
                that(|it| it.opted_out = Some(false)),
                vec!["Ana", "Zoë"],
            ),
            (
                "from",
                that(|it| it.created_from = Some(now)),
                vec!["Ana", "Zoë"],
            ),
            ("to", that(|it| it.created_to = Some(now)), vec!["Bea"]),
            (
                "seen from",
                that(|it| it.last_seen_from = Some(now)),
                vec!["Ana"],
            ),
            ("seen to", that(|it| it.last_seen_to = Some(now)), vec![]),
        ] {
            assert_eq!(found(&stack, &business, &filter).await, expected, "{what}");
        }
        let theirs = stack.business().await;
        assert_eq!(found(&stack, &theirs, &that(|_| {})).await, ["Zoë"]);
    }
}

#[tokio::test]
async fn filters_of_terms_find_those_who_meet_them() {
    for stack in stacks().await {
        let business = stack.business().await;
        let field = Id::generate();
        keep(
            &stack,
            &business,
            &ana_and_bea(&business, field, stack.now()),
        )
        .await;
        let number = |number: i64| Some(FieldValue::Number(number.into()));
        let between = |from, to| FieldCondition {
            field_id: field,
            is: None,
            from: number(from),
            to: number(to),
        };
        let search = |text: &str| that(|it| it.search = Some(text.to_owned()));
        let around_new_year = that(|it| {
            it.birthday_from = "12-24".parse().ok();
            it.birthday_to = "01-06".parse().ok();
        });
        let both = vec![between(-10, 0), between(1, 50)];
        for (what, filter, expected) in [
            ("search", search("NUN"), vec!["Ana", "Bea", "Zoë"]),
            ("two words", search("nuñez bea"), vec!["Bea"]),
            (
                "any",
                that(|it| it.any_tags = tags(&["VIP", "x"])),
                vec!["Ana", "Bea"],
            ),
            (
                "all",
                that(|it| it.all_tags = tags(&["vip", "CAFÉ"])),
                vec!["Ana"],
            ),
            (
                "none",
                that(|it| it.no_tags = tags(&["café"])),
                vec!["Bea", "Zoë"],
            ),
            ("birthday", around_new_year, vec!["Ana"]),
            (
                "field",
                that(|it| it.custom_fields = vec![between(-10, 0)]),
                vec!["Bea"],
            ),
            ("two conditions", that(|it| it.custom_fields = both), vec![]),
        ] {
            assert_eq!(found(&stack, &business, &filter).await, expected, "{what}");
        }
        let theirs = stack.business().await;
        assert_eq!(
            found(&stack, &theirs, &search("bea")).await,
            Vec::<String>::new()
        );
    }
}

#[tokio::test]
async fn a_changed_customer_is_found_by_what_is_known_now() {
    for stack in stacks().await {
        let business = stack.business().await;
        let changed = Customer {
            first_name: Some("Luz".into()),
            tags: Label::parse_all(&["new"]).unwrap(),
            ..business.customer.clone()
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.customers().update(&changed).await.unwrap());
        uow.commit().await.unwrap();
        for (search, expected) in [
            ("zoe", vec![]),
            ("luz", vec!["Luz"]),
            ("nunez", vec!["Luz"]),
        ] {
            let filter = CustomerFilter {
                search: Some(search.into()),
                ..CustomerFilter::default()
            };
            assert_eq!(
                found(&stack, &business, &filter).await,
                expected,
                "{search}"
            );
        }
    }
}

#[tokio::test]
async fn who_is_renamed_takes_another_place_among_those_who_are_found() {
    for stack in stacks().await {
        let business = stack.business().await;
        let of_luna = |name| Customer {
            company: Some("Luna".into()),
            ..customer(name, stack.now())
        };
        let (mut ana, bea) = (of_luna("Ana"), of_luna("Bea"));
        keep(&stack, &business, &[ana.clone(), bea]).await;
        let luna = that(|it| it.search = Some("luna".into()));
        assert_eq!(found(&stack, &business, &luna).await, ["Ana", "Bea"]);
        ana.first_name = Some("Zita".into());
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.customers().update(&ana).await.unwrap());
        uow.commit().await.unwrap();
        assert_eq!(found(&stack, &business, &luna).await, ["Bea", "Zita"]);
    }
}

async fn in_pages(
    stack: &Stack,
    business: &Business,
    filter: &CustomerFilter,
    mut request: SortedRequest<CustomerSort>,
) -> Vec<Customer> {
    let read = stack.store.read(business.id());
    let mut rows = Vec::new();
    loop {
        let page = read.customers().list(filter, &request).await.unwrap();
        rows.extend(page.rows);
        request.after = page.next;
        if request.after.is_none() {
            return rows;
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_in_every_order_also_among_equals() {
    for stack in stacks().await {
        let business = stack.business().await;
        let now = stack.now();
        let mut customers = vec![business.customer.clone()];
        for (index, name) in ["Ana", "Ana", "Bea", "Ana", "Bea"].into_iter().enumerate() {
            let seen = (index > 2).then_some(now);
            customers.push(Customer {
                last_seen_at: seen,
                // Found once though two of the words fit.
                company: Some("Luna Lunar".into()),
                ..customer(name, now)
            });
        }
        keep(&stack, &business, &customers[1..]).await;
        for sort in [
            CustomerSort::Name,
            CustomerSort::CreatedAt,
            CustomerSort::LastSeenAt,
        ] {
            for descending in [false, true] {
                let mut expected = customers.clone();
                expected.sort_by_key(|it| match sort {
                    CustomerSort::Name => (it.first_name.clone(), None, it.id),
                    CustomerSort::CreatedAt => (None, Some(it.created_at), it.id),
                    CustomerSort::LastSeenAt => (None, it.last_seen_at, it.id),
                });
                if descending {
                    expected.reverse();
                }
                let all = CustomerFilter::default();
                let rows = in_pages(&stack, &business, &all, by(sort, descending, 2)).await;
                assert_eq!(rows, expected, "{sort:?} {descending}");
                expected.retain(|it| it.company.is_some());
                let luna = that(|it| it.search = Some("lun".into()));
                let rows = in_pages(&stack, &business, &luna, by(sort, descending, 2)).await;
                assert_eq!(rows, expected, "{sort:?} {descending}, of Luna");
            }
        }
    }
}
