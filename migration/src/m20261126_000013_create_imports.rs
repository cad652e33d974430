use crate::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Tables(vec![
            (
                imports(),
                vec![index("imports", &["organization_id", "created_at", "id"])],
            ),
            (import_errors(), vec![]),
            (
                import_changes(),
                vec![
                    index("import_changes", &["organization_id", "import_id", "key"]),
                    index(
                        "import_changes",
                        &["organization_id", "import_id", "outcome", "subject_id"],
                    ),
                ],
            ),
        ])
        .create(manager)
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["import_changes", "import_errors", "imports"]).await
    }
}

fn imports() -> TableCreateStatement {
    tenant_table("imports")
        .col(text("target"))
        .col(text("file_key"))
        // What does not change: the columns, the options, how the file is written.
        .col(json("details"))
        .col(text("status"))
        .col(big_integer("rows"))
        .col(big_integer("created"))
        .col(big_integer("updated"))
        .col(big_integer("skipped"))
        .col(big_integer("failed"))
        .col(big_integer("bytes_read"))
        .col(big_integer("undone"))
        .col(big_integer("kept"))
        .col(text_null("failure"))
        .col(uuid("created_by"))
        .col(time("created_at"))
        .col(time_null("started_at"))
        .col(time_null("finished_at"))
        .foreign_key(&mut organization_reference("imports"))
        .foreign_key(&mut member_reference("imports", "created_by"))
        .to_owned()
}

fn import_errors() -> TableCreateStatement {
    table("import_errors")
        .col(uuid("organization_id"))
        .col(uuid("import_id"))
        .col(big_integer("row_number"))
        // Among the errors of the row.
        .col(big_integer("position"))
        .col(text_null("column_name"))
        .col(text("code"))
        .col(text("detail"))
        .primary_key(&mut key(&[
            "organization_id",
            "import_id",
            "row_number",
            "position",
        ]))
        .foreign_key(&mut tenant_reference(
            "import_errors",
            "import_id",
            "imports",
        ))
        .to_owned()
}

/// One row for each thing that an import has made or changed.
fn import_changes() -> TableCreateStatement {
    table("import_changes")
        .col(uuid("organization_id"))
        .col(uuid("import_id"))
        // No reference: what is undone goes, and a dry run makes nothing.
        .col(uuid("subject_id"))
        .col(text("key"))
        .col(big_integer("row_number"))
        .col(text("kind"))
        .col(json_null("before"))
        .col(json("after"))
        .col(text_null("outcome"))
        .primary_key(&mut key(&["organization_id", "import_id", "subject_id"]))
        .foreign_key(&mut tenant_reference(
            "import_changes",
            "import_id",
            "imports",
        ))
        .to_owned()
}
