//! The tables as SeaORM sees them, a file each.
#![expect(
    unreachable_pub,
    reason = "SeaORM's derives make public types of public ones"
)]

pub(super) mod account;
pub(super) mod assignment_settings;
pub(super) mod audit_entry;
pub(super) mod automatic_message;
pub(super) mod canned_reply;
pub(super) mod category;
pub(super) mod chat;
pub(super) mod chat_automation;
pub(super) mod chat_cycle;
pub(super) mod chat_label;
pub(super) mod chat_read;
pub(super) mod contact;
pub(super) mod contact_identity;
pub(super) mod customer;
pub(super) mod customer_change;
pub(super) mod customer_consent;
pub(super) mod customer_erasure;
pub(super) mod customer_field;
pub(super) mod customer_merge;
pub(super) mod customer_term;
pub(super) mod delivery;
pub(super) mod event;
pub(super) mod event_sequence;
pub(super) mod file;
pub(super) mod idempotency_key;
pub(super) mod import;
pub(super) mod import_change;
pub(super) mod import_error;
pub(super) mod import_key;
pub(super) mod invitation;
pub(super) mod job;
pub(super) mod left_over;
pub(super) mod media;
pub(super) mod media_upload;
pub(super) mod merged_chat;
pub(super) mod message;
pub(super) mod message_report;
pub(super) mod meta_catalog;
pub(super) mod meta_change;
pub(super) mod meta_item;
pub(super) mod note;
pub(super) mod note_mention;
pub(super) mod one_time_token;
pub(super) mod organization;
pub(super) mod organization_member;
pub(super) mod product;
pub(super) mod product_category;
pub(super) mod product_image;
pub(super) mod product_price;
pub(super) mod product_tag;
pub(super) mod product_variant;
pub(super) mod realtime_ticket;
pub(super) mod recovery_code;
pub(super) mod refresh_token;
pub(super) mod segment;
pub(super) mod session;
pub(super) mod stock_movement;
pub(super) mod stock_reservation;
pub(super) mod user;
