use std::collections::BTreeMap;

use application::{FieldError, imports::StartImport};
use domain::imports::{ImportKind, OnDuplicate};
use utoipa::ToSchema;

use crate::extract::Fields;

/// What a form may have beside its file.
pub(super) fn fields(kind: ImportKind) -> &'static [&'static str] {
    match kind {
        ImportKind::Customers => &["mapping", "dryRun", "onDuplicate", "consentSource"],
        ImportKind::Products => &["mapping", "dryRun", "onDuplicate"],
    }
}

/// A table of customers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: the form is read part by part")]
#[schema(rename_all = "camelCase")]
pub(super) struct ImportForm {
    /// CSV, up to 50 MB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// A JSON object of what each column is, by its header: `firstName`, `lastName`, `name`
    /// (both), `phoneNumber`, `email`, `company`, `address`, `city`, `state`, `zipCode`,
    /// `country` (ISO 3166-1 alpha-2), `tags` (parted by commas), `stage`, `owner` (a member's
    /// e-mail address), `birthday`, `notes`, `marketingConsent`, `customFields.` with the key
    /// of a field of the organization's own, or null. Columns that it does not name are left
    /// out. If it is absent, what the headers seem to say holds.
    #[schema(
        required = false,
        example = r#"{"Teléfono": "phoneNumber", "Nombre": "name"}"#
    )]
    mapping: String,
    /// `true`: tells what would happen; nothing does.
    #[schema(required = false)]
    dry_run: bool,
    /// `skip` leaves customers alone who are there already; `update` changes them to what the
    /// row says, where it is not blank. `skip` if not given.
    #[schema(value_type = String, required = false, example = "update")]
    on_duplicate: String,
    /// Where the customers have said whether they want marketing. Consent is taken in only
    /// if this is told.
    #[schema(required = false, example = "Form at the fair, May 2026")]
    consent_source: String,
}

/// A table of products.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: the form is read part by part")]
#[schema(rename_all = "camelCase")]
pub(super) struct ProductImportForm {
    /// CSV, up to 50 MB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// A JSON object of what each column is, by its header: `sku`, `handle`, `name`,
    /// `description`, `status`, `categories`, `tags` (parted by commas), `price`,
    /// `compareAtPrice`, `cost`, `trackInventory`, `stock`, `lowStockThreshold`,
    /// `allowBackorder`, `option1Name`, `option1Value` and so on to `option3Value`, or null.
    /// Columns that it does not name are left out. If it is absent, what the headers seem to
    /// say holds.
    #[schema(
        required = false,
        example = r#"{"Artikelnummer": "sku", "Preis": "price"}"#
    )]
    mapping: String,
    /// `true`: tells what would happen; nothing does.
    #[schema(required = false)]
    dry_run: bool,
    /// `skip` leaves alone what is there already; `update` changes it to what the row says,
    /// where it is not blank. `skip` if not given.
    #[schema(value_type = String, required = false, example = "update")]
    on_duplicate: String,
}

/// All faults at once.
pub(super) fn read_fields(fields: &Fields) -> Result<StartImport, Vec<FieldError>> {
    let mut faults = Vec::new();
    let mut command = StartImport {
        consent_source: fields.get("consentSource").cloned(),
        ..StartImport::default()
    };
    match fields.get("dryRun").map(String::as_str) {
        None | Some("" | "false") => {}
        Some("true") => command.dry_run = true,
        Some(_) => faults.push(FieldError::new(
            "/dryRun",
            "invalid",
            "is neither `true` nor `false`",
        )),
    }
    match fields.get("onDuplicate").map(String::as_str) {
        None | Some("" | "skip") => {}
        Some("update") => command.on_duplicate = OnDuplicate::Update,
        Some(_) => faults.push(FieldError::new(
            "/onDuplicate",
            "invalid",
            "is neither `skip` nor `update`",
        )),
    }
    let mapping = fields.get("mapping").filter(|text| !text.trim().is_empty());
    command.mapping = mapping.and_then(|text| {
        read_mapping(text)
            .map_err(|fault| faults.push(FieldError::new("/mapping", "invalid", fault)))
            .ok()
    });
    if faults.is_empty() {
        Ok(command)
    } else {
        Err(faults)
    }
}

fn read_mapping(text: &str) -> Result<BTreeMap<String, Option<String>>, serde_json::Error> {
    serde_json::from_str(text)
}
