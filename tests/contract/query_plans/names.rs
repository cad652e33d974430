//! People are found by any part of their names and numbers without a look at all others.

use domain::{chats::ChatFilter, store::Store, whatsapp::ContactFilter};
use tests::stores::{self, Backend};

use super::{
    log::record_log,
    plans::{filled_postgres, postgres_plan},
};
use crate::given::{Stack, newest};

/// Many customers, each with a name and a number of their own, and contacts of half of them.
const FILL: &str = "
    INSERT INTO customers (organization_id, id, first_name, phone_number, marketing_consent,
                           folded_name, created_at, updated_at)
        SELECT organization_id, gen_random_uuid(), n::text, '+1415' || (5000000 + n),
               marketing_consent, md5(n::text), created_at, updated_at
        FROM customers, generate_series(1, 20000) AS n;
    INSERT INTO contacts (organization_id, id, customer_id, name, folded_name, wa_id,
                          created_at, updated_at)
        SELECT organization_id, gen_random_uuid(), id, first_name, folded_name,
               substr(phone_number, 2), created_at, updated_at
        FROM customers WHERE id NOT IN (SELECT customer_id FROM contacts) LIMIT 10000;
    ANALYZE;
";

#[tokio::test]
async fn postgres_finds_people_by_any_part_of_their_names_and_numbers() {
    if !Backend::Postgres.is_asked_for() {
        return;
    }
    record_log();
    let stack = Stack::on(stores::database(Backend::Postgres).await);
    let business = stack.business().await;
    let store = filled_postgres(&stack, FILL).await;
    let read = store.read(business.id());
    for (search, index) in [
        ("nunez", "customers_folded_name_idx"),
        ("5004711", "customers_phone_number_idx"),
    ] {
        let chats = ChatFilter {
            search: Some(search.into()),
            ..ChatFilter::default()
        };
        let viewer = business.user.id;
        read.chats().list(&chats, viewer, newest(25)).await.unwrap();
        let plan = postgres_plan(&["FROM \"chats\"", "\"folded_name\" LIKE"]).await;
        let (_, steps) = plan.split_once("Query Text").unwrap();
        assert!(steps.contains(index), "{search}: {plan}");

        let contacts = ContactFilter {
            search: Some(search),
            ..ContactFilter::default()
        };
        read.contacts().list(contacts, newest(25)).await.unwrap();
        let plan = postgres_plan(&["FROM \"contacts\"", "\"folded_name\" LIKE", "ORDER BY"]).await;
        let (_, steps) = plan.split_once("Query Text").unwrap();
        assert!(
            steps.contains("contacts_folded_name_idx"),
            "{search}: {plan}"
        );
    }
}
