//! What the migrations have in common.

pub(crate) use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// The tables of a feature, in the order in which they can be created.
pub(crate) struct Tables(pub(crate) Vec<(TableCreateStatement, Vec<IndexCreateStatement>)>);

impl Tables {
    pub(crate) async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for (table, indexes) in self.0 {
            manager.create_table(table).await?;
            for index in indexes {
                manager.create_index(index).await?;
            }
        }
        Ok(())
    }
}

/// Drops tables in the order given: those that refer to others first.
pub(crate) async fn drop_tables(
    manager: &SchemaManager<'_>,
    tables: &[&'static str],
) -> Result<(), DbErr> {
    for table in tables {
        manager
            .drop_table(Table::drop().table(*table).to_owned())
            .await?;
    }
    Ok(())
}

pub(crate) async fn add_columns(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: impl IntoIterator<Item = ColumnDef>,
) -> Result<(), DbErr> {
    // One at a time: SQLite takes no more.
    for column in columns {
        let add = Table::alter().table(table).add_column(column).to_owned();
        manager.alter_table(add).await?;
    }
    Ok(())
}

pub(crate) async fn drop_columns(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    for column in columns {
        let drop = Table::alter().table(table).drop_column(*column).to_owned();
        manager.alter_table(drop).await?;
    }
    Ok(())
}

pub(crate) async fn rename_column(
    manager: &SchemaManager<'_>,
    table: &'static str,
    from: &'static str,
    to: &'static str,
) -> Result<(), DbErr> {
    let rename = Table::alter()
        .table(table)
        .rename_column(from, to)
        .to_owned();
    manager.alter_table(rename).await
}

/// This migration may take longer than any other statement: it goes through all rows.
pub(crate) async fn take_any_time(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    on_postgres(manager, "SET LOCAL statement_timeout = 0").await
}

/// What only PostgreSQL needs.
pub(crate) async fn on_postgres(
    manager: &SchemaManager<'_>,
    statements: &str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let connection = manager.get_connection();
    connection.execute_unprepared(statements).await?;
    Ok(())
}

pub(crate) async fn drop_index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
) -> Result<(), DbErr> {
    manager
        .drop_index(Index::drop().name(name).table(table).to_owned())
        .await
}

/// The column need have no value any more. Whatever changes the schema next makes it known to
/// all connections.
pub(crate) async fn let_uuid_be_null(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let (may, must_not) = uuid_in_sqlite(column);
    if manager.get_database_backend() == DbBackend::Sqlite {
        return rewrite_table(manager, table, &must_not, &may).await;
    }
    alter_column(manager, table, column, "DROP NOT NULL").await
}

pub(crate) async fn let_uuid_not_be_null(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let (may, must_not) = uuid_in_sqlite(column);
    if manager.get_database_backend() == DbBackend::Sqlite {
        return rewrite_table(manager, table, &may, &must_not).await;
    }
    alter_column(manager, table, column, "SET NOT NULL").await
}

/// How a column is written that may be null, and one that must not.
fn uuid_in_sqlite(column: &str) -> (String, String) {
    let may = format!("\"{column}\" uuid_text");
    let must_not = format!("{may} NOT NULL");
    (may, must_not)
}

async fn alter_column(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    how: &str,
) -> Result<(), DbErr> {
    let sql = format!("ALTER TABLE {table} ALTER COLUMN {column} {how}");
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// SQLite has no statement for it, and names this way for what leaves the rows as they are.
/// Source: sqlite.org, ALTER TABLE, 7.
async fn rewrite_table(
    manager: &SchemaManager<'_>,
    table: &str,
    was: &str,
    is: &str,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    connection
        .execute_unprepared("PRAGMA writable_schema = ON")
        .await?;
    let rewritten = connection
        .execute_unprepared(&format!(
            "UPDATE sqlite_schema SET sql = replace(sql, '{was}', '{is}') \
             WHERE type = 'table' AND name = '{table}' AND instr(sql, '{was}') > 0"
        ))
        .await?;
    connection
        .execute_unprepared("PRAGMA writable_schema = RESET")
        .await?;
    if rewritten.rows_affected() == 1 {
        Ok(())
    } else {
        Err(DbErr::Migration(format!("{table} has no column {was}")))
    }
}

/// Has the database refuse to change or delete the rows of a tenant's table.
pub(crate) async fn append_only(
    manager: &SchemaManager<'_>,
    table: &'static str,
) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Sqlite => {
            let refuse = format!("BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END");
            vec![
                format!("CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}"),
                format!("CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"),
                // What a REPLACE deletes, the trigger on DELETE does not see.
                format!(
                    "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} \
                     WHEN EXISTS (SELECT 1 FROM {table} \
                         WHERE organization_id = NEW.organization_id AND id = NEW.id) {refuse}"
                ),
            ]
        }
        _ => vec![
            format!(
                "CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
            ),
            format!(
                "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE \
                 ON {table} EXECUTE FUNCTION {table}_is_append_only()"
            ),
        ],
    };
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
    }
    Ok(())
}

pub(crate) async fn not_append_only(
    manager: &SchemaManager<'_>,
    table: &'static str,
) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Sqlite => vec![
            format!("DROP TRIGGER {table}_no_update"),
            format!("DROP TRIGGER {table}_no_delete"),
            format!("DROP TRIGGER {table}_no_replace"),
        ],
        _ => vec![
            format!("DROP TRIGGER {table}_append_only ON {table}"),
            format!("DROP FUNCTION {table}_is_append_only()"),
        ],
    };
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
    }
    Ok(())
}

pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).to_owned()
}

/// A table whose rows belong to one organization each.
pub(crate) fn tenant_table(name: &'static str) -> TableCreateStatement {
    table(name)
        .col(schema::uuid("organization_id"))
        .col(schema::uuid("id"))
        .primary_key(&mut key(&["organization_id", "id"]))
        .to_owned()
}

/// A primary key over several columns.
pub(crate) fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create().primary().to_owned();
    for column in columns {
        key.col(*column);
    }
    key
}

pub(crate) fn organization_reference(table: &'static str) -> ForeignKeyCreateStatement {
    reference(table, "organization_id", "organizations")
}

/// `column` refers to the id of `to`.
pub(crate) fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(to, "id")
        .to_owned()
}

/// `column` refers to the id of `to` within the same organization.
pub(crate) fn tenant_reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, ("organization_id", column))
        .to(to, ("organization_id", "id"))
        .to_owned()
}

/// `column` refers to a user who is a member of the same organization.
pub(crate) fn member_reference(
    table: &'static str,
    column: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, ("organization_id", column))
        .to("organization_members", ("organization_id", "user_id"))
        .to_owned()
}

pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named_index(table, columns, "idx")
}

pub(crate) fn unique_index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named_index(table, columns, "key").unique().to_owned()
}

fn named_index(
    table: &'static str,
    columns: &[&'static str],
    suffix: &str,
) -> IndexCreateStatement {
    let mut index = Index::create()
        .name(format!("{table}_{}_{suffix}", columns.join("_")))
        .table(table)
        .to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// A column that holds one of these words.
pub(crate) fn word(name: &'static str, words: &[&'static str]) -> ColumnDef {
    let is_one_of_them = Expr::col(name).is_in(words.iter().copied());
    schema::text(name).check(is_one_of_them).to_owned()
}

/// A column that holds JSON. Kept as text, so that both databases give back what was stored
/// to the letter, and so that no string in it is refused.
pub(crate) fn json(name: &'static str) -> ColumnDef {
    schema::text(name)
}

pub(crate) fn json_null(name: &'static str) -> ColumnDef {
    schema::text_null(name)
}

pub(crate) fn time(name: &'static str) -> ColumnDef {
    schema::timestamp_with_time_zone(name)
}

pub(crate) fn time_null(name: &'static str) -> ColumnDef {
    schema::timestamp_with_time_zone_null(name)
}

pub(crate) use sea_orm_migration::schema::{
    self, big_integer, big_integer_null, blob, blob_null, boolean, integer, integer_null, text,
    text_null, uuid, uuid_null,
};
