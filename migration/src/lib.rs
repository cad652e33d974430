//! The schema, one migration per feature, the same code for SQLite and PostgreSQL.
//!
//! A migration is never edited once it has landed: what comes later is a later migration.
//! Every table of a tenant has the key `(organization_id, id)`, and refers to other tenant
//! tables by both columns, so that no row can point into another organization.

mod m20261122_000001_create_organizations;
mod m20261122_000002_create_auth;
mod m20261122_000003_create_customers;
mod m20261122_000004_create_whatsapp;
mod m20261122_000005_create_chats;
mod m20261122_000006_create_events;
mod m20261122_000007_create_jobs;
mod m20261122_000008_create_idempotency_keys;
mod m20261122_000009_complete_organizations;
mod m20261122_000010_complete_auth;
mod m20261122_000011_create_audit_log;
mod m20261122_000012_create_files;
mod m20261122_000013_send_media;
mod m20261122_000014_work_on_chats;
mod m20261122_000015_create_notes_and_canned_replies;
mod m20261122_000017_create_message_search;
mod m20261126_000001_create_merged_chats;
mod m20261126_000003_coexistence;
mod m20261126_000005_assign_chats;
mod m20261126_000007_create_automation;
mod m20261126_000008_message_retention;
mod m20261126_000009_complete_customers;
mod m20261126_000010_create_segments;
mod m20261126_000011_create_catalog;
mod m20261126_000012_create_product_search;
mod m20261126_000013_create_imports;
mod m20261126_000014_account_health;
mod m20261126_000016_mark_contacts;
mod m20261126_000017_agents_see;
mod m20261126_000018_merge_customers;
mod m20261126_000019_erase_customers;
mod m20261126_000020_create_customer_changes;
mod m20261126_000021_import_every_field;
mod m20261126_000022_contacts_without_customer;
mod m20261126_000023_phones_and_answers;
mod m20261126_000024_create_meta_catalog;
mod m20261126_000026_customers_by_name;
mod m20261126_000027_create_note_mentions;
mod m20261126_000028_products_of_several_prices;
mod m20261126_000029_customers_by_age;
mod m20261126_000030_find_products_by_themselves;
mod m20261126_000031_search_people;
mod prelude;

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::{MigrationStatus, MigratorTrait};

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_organizations::Migration),
            Box::new(m20261122_000002_create_auth::Migration),
            Box::new(m20261122_000003_create_customers::Migration),
            Box::new(m20261122_000004_create_whatsapp::Migration),
            Box::new(m20261122_000005_create_chats::Migration),
            Box::new(m20261122_000006_create_events::Migration),
            Box::new(m20261122_000007_create_jobs::Migration),
            Box::new(m20261122_000008_create_idempotency_keys::Migration),
            Box::new(m20261122_000009_complete_organizations::Migration),
            Box::new(m20261122_000010_complete_auth::Migration),
            Box::new(m20261122_000011_create_audit_log::Migration),
            Box::new(m20261122_000012_create_files::Migration),
            Box::new(m20261122_000013_send_media::Migration),
            Box::new(m20261122_000014_work_on_chats::Migration),
            Box::new(m20261122_000015_create_notes_and_canned_replies::Migration),
            Box::new(m20261122_000017_create_message_search::Migration),
            Box::new(m20261126_000001_create_merged_chats::Migration),
            Box::new(m20261126_000003_coexistence::Migration),
            Box::new(m20261126_000005_assign_chats::Migration),
            Box::new(m20261126_000007_create_automation::Migration),
            Box::new(m20261126_000008_message_retention::Migration),
            Box::new(m20261126_000009_complete_customers::Migration),
            Box::new(m20261126_000010_create_segments::Migration),
            Box::new(m20261126_000011_create_catalog::Migration),
            Box::new(m20261126_000012_create_product_search::Migration),
            Box::new(m20261126_000013_create_imports::Migration),
            Box::new(m20261126_000016_mark_contacts::Migration),
            Box::new(m20261126_000014_account_health::Migration),
            Box::new(m20261126_000017_agents_see::Migration),
            Box::new(m20261126_000018_merge_customers::Migration),
            Box::new(m20261126_000019_erase_customers::Migration),
            Box::new(m20261126_000020_create_customer_changes::Migration),
            Box::new(m20261126_000021_import_every_field::Migration),
            Box::new(m20261126_000022_contacts_without_customer::Migration),
            Box::new(m20261126_000023_phones_and_answers::Migration),
            Box::new(m20261126_000024_create_meta_catalog::Migration),
            Box::new(m20261126_000026_customers_by_name::Migration),
            Box::new(m20261126_000027_create_note_mentions::Migration),
            Box::new(m20261126_000028_products_of_several_prices::Migration),
            Box::new(m20261126_000029_customers_by_age::Migration),
            Box::new(m20261126_000030_find_products_by_themselves::Migration),
            Box::new(m20261126_000031_search_people::Migration),
        ]
    }
}
