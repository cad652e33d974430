use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let never = "1970-01-01T00:00:00+00:00";
        Box::pin(add_columns(
            manager,
            "customers",
            [
                text_null("email"),
                text_null("company"),
                text_null("address"),
                text_null("city"),
                text_null("state"),
                text_null("zip_code"),
                text_null("country"),
                json("tags").default("[]").to_owned(),
                text("stage").default("lead").to_owned(),
                // No foreign key: SQLite cannot add one to a table that is there already.
                // Members keep their rows, and whoever names an owner locks the member's.
                uuid_null("owner_id"),
                text_null("birthday"),
                text_null("notes"),
                json("custom_fields").default("{}").to_owned(),
                // The number without regard to how it is written, if no other customer had it
                // before.
                text_null("phone_key"),
                // The beginning of time for never, so that it can be sorted by.
                time("last_seen_at").default(never).to_owned(),
                big_integer("version").default(1).to_owned(),
            ],
        ))
        .await?;
        manager
            .create_index(unique_index("customers", &["organization_id", "phone_key"]))
            .await?;
        for sort in SORTS {
            let by_sort = index("customers", &["organization_id", sort, "id"]);
            manager.create_index(by_sort).await?;
        }
        let by_term = index(
            "customer_terms",
            &["organization_id", "term", "customer_id"],
        );
        let by_key = unique_index("customer_fields", &["organization_id", "key"]);
        Tables(vec![
            (
                customer_terms(manager.get_database_backend()),
                vec![by_term],
            ),
            (customer_fields(), vec![by_key]),
            (customers_to_index(), vec![]),
        ])
        .create(manager)
        .await?;
        let connection = manager.get_connection();
        connection.execute_unprepared(SEEN).await?;
        connection.execute_unprepared(TO_INDEX).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["customers_to_index", "customer_fields", "customer_terms"];
        drop_tables(manager, &tables).await?;
        for sort in SORTS {
            let name = format!("customers_organization_id_{sort}_id_idx");
            let by_sort = Index::drop().name(name).table("customers").to_owned();
            manager.drop_index(by_sort).await?;
        }
        drop_index(
            manager,
            "customers",
            "customers_organization_id_phone_key_key",
        )
        .await?;
        drop_columns(
            manager,
            "customers",
            &[
                "version",
                "last_seen_at",
                "phone_key",
                "custom_fields",
                "notes",
                "birthday",
                "owner_id",
                "stage",
                "tags",
                "country",
                "zip_code",
                "state",
                "city",
                "address",
                "company",
                "email",
            ],
        )
        .await
    }
}

const SORTS: [&str; 3] = ["folded_name", "created_at", "last_seen_at"];

/// Who wrote before this was kept.
const SEEN: &str = "
    UPDATE customers SET last_seen_at = coalesce((
        SELECT max(c.last_inbound_at) FROM chats AS c
        WHERE c.organization_id = customers.organization_id AND c.customer_id = customers.id
    ), last_seen_at)";

const TO_INDEX: &str = "
    INSERT INTO customers_to_index (organization_id, id)
    SELECT organization_id, id FROM customers";

/// By what a customer is found: words, numbers, tags, and what stands in fields.
fn customer_terms(backend: DbBackend) -> TableCreateStatement {
    let term = match backend {
        DbBackend::Sqlite => text("term"),
        // Compared byte by byte, as SQLite does by itself: what begins alike stands together.
        _ => ColumnDef::new("term")
            .custom(Alias::new("text COLLATE \"C\""))
            .not_null()
            .to_owned(),
    };
    table("customer_terms")
        .col(uuid("organization_id"))
        .col(uuid("customer_id"))
        .col(term)
        .primary_key(&mut key(&["organization_id", "customer_id", "term"]))
        .foreign_key(
            tenant_reference("customer_terms", "customer_id", "customers")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn customer_fields() -> TableCreateStatement {
    tenant_table("customer_fields")
        .col(text("key"))
        .col(text("label"))
        .col(json("kind"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .col(big_integer("version"))
        .foreign_key(&mut organization_reference("customer_fields"))
        .to_owned()
}

/// The customers from before. Which terms they have, only the program can tell: it takes them
/// from here when it has brought the schema up to date.
fn customers_to_index() -> TableCreateStatement {
    tenant_table("customers_to_index")
        .foreign_key(
            tenant_reference("customers_to_index", "id", "customers")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
