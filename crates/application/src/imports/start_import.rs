use std::collections::BTreeMap;

use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    customers,
    event::Event,
    id::Id,
    imports::{
        Column, CustomerField, Import, ImportCounts, ImportDetails, ImportKind, ImportOptions,
        ImportStatus, OnDuplicate, guess_customer_fields,
    },
    job::Job,
    organizations::Permission,
};
use serde_json::json;

use super::{Imports, ReceivedFile};
use crate::{Actor, Error, FieldError, files::plain_name};

/// How a table of customers is to be taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartImport {
    /// What each column is, by its header; columns that it does not name are left out. If it
    /// is absent, what the headers seem to say holds.
    pub mapping: Option<BTreeMap<String, Option<CustomerField>>>,
    pub dry_run: bool,
    pub on_duplicate: OnDuplicate,
    /// Where the customers have said whether they want marketing.
    pub consent_source: Option<String>,
}

impl Imports {
    /// Has a table of customers imported, one after the other if there are several. What is
    /// wrong with the request has the file deleted.
    #[tracing::instrument(skip_all)]
    pub async fn start_import(
        &self,
        actor: &Actor,
        received: ReceivedFile,
        command: StartImport,
    ) -> Result<Import, Error> {
        actor.require(Permission::ImportsWrite)?;
        let started = self.insert_import(actor, &received, command).await;
        if let Err(error) = &started {
            self.discard(&received, error).await;
        }
        started
    }

    async fn insert_import(
        &self,
        actor: &Actor,
        received: &ReceivedFile,
        command: StartImport,
    ) -> Result<Import, Error> {
        let now = self.ports.clock.now();
        let data = self.ports.store.read(actor.organization_id());
        let own_fields = data.customer_fields().list().await?;
        let (columns, options) = command.apply_to(received, &own_fields)?;
        let import = Import {
            id: Id::generate(),
            kind: ImportKind::Customers,
            file: received.file.key.clone(),
            details: ImportDetails {
                file_name: received.file.metadata.original_name.clone(),
                file_size: received.file.stored.size,
                layout: received.layout,
                columns,
                options,
            },
            status: ImportStatus::Queued,
            counts: ImportCounts::default(),
            bytes_read: 0,
            undone: 0,
            kept: 0,
            failure: None,
            created_by: actor.user_id(),
            created_at: now,
            started_at: None,
            finished_at: None,
        };
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        uow.files().insert(&received.file).await?;
        uow.imports().insert(&import).await?;
        let target = AuditTarget::new(AuditTargetKind::Import, import.id);
        let mut entry = actor.entry(AuditAction::ImportStarted, target, now);
        entry.after = Some(json!({
            "kind": import.kind,
            "fileName": import.details.file_name,
            "dryRun": import.details.options.dry_run,
            "onDuplicate": import.details.options.on_duplicate,
            "consentSource": import.details.options.consent_source,
        }));
        uow.audit_log().append(&entry).await?;
        let progress = import.progress();
        uow.record(Event::ImportProgressed { progress });
        uow.enqueue(Job::RunImport {
            organization_id,
            import_id: import.id,
        });
        uow.commit().await?;
        Ok(import)
    }
}

impl StartImport {
    /// Refuses, with all faults at once.
    fn apply_to(
        self,
        received: &ReceivedFile,
        own_fields: &[customers::CustomerField],
    ) -> Result<(Vec<Column>, ImportOptions), Error> {
        let mut faults = Vec::new();
        let consent_source = self.consent_source.as_deref().and_then(plain_name);
        let headers: Vec<_> = received
            .columns
            .iter()
            .map(|(header, _)| header.clone())
            .collect();
        let fields = if let Some(mapping) = &self.mapping {
            mapped(&headers, mapping, own_fields, &mut faults)
        } else {
            let mut fields = guess_customer_fields(&headers, own_fields);
            if consent_source.is_none() {
                // A guess is not enough to say that somebody has consented.
                fields
                    .iter_mut()
                    .filter(|field| **field == Some(CustomerField::MarketingConsent))
                    .for_each(|field| *field = None);
            }
            fields
        };
        let is_known_by = [CustomerField::PhoneNumber, CustomerField::Email].map(Some);
        if faults.is_empty() && !is_known_by.iter().any(|field| fields.contains(field)) {
            let detail = "must name the column of the phone numbers or of the e-mail addresses, \
                          by which customers are known";
            faults.push(FieldError::new("/mapping", "key_column_required", detail));
        }
        if fields.contains(&Some(CustomerField::MarketingConsent)) && consent_source.is_none() {
            let detail = "must say where the customers have consented";
            faults.push(FieldError::new("/consentSource", "required", detail));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let columns = received.columns.iter().zip(fields);
        let columns = columns.map(|((header, samples), field)| Column {
            header: header.clone(),
            field,
            samples: samples.clone(),
        });
        let options = ImportOptions {
            dry_run: self.dry_run,
            on_duplicate: self.on_duplicate,
            consent_source,
        };
        Ok((columns.collect(), options))
    }
}

fn mapped(
    headers: &[String],
    mapping: &BTreeMap<String, Option<CustomerField>>,
    own_fields: &[customers::CustomerField],
    faults: &mut Vec<FieldError>,
) -> Vec<Option<CustomerField>> {
    for (place, (header, field)) in mapping.iter().enumerate() {
        let pointer = format!("/mapping/{}", header.replace('~', "~0").replace('/', "~1"));
        if !headers.contains(header) {
            let detail = "is not among the headers of the file";
            faults.push(FieldError::new(&pointer, "unknown_column", detail));
        }
        if let Some(CustomerField::Custom(key)) = field
            && !own_fields.iter().any(|own| own.key == *key)
        {
            let detail = "is to be a field that the organization does not have";
            faults.push(FieldError::new(&pointer, "unknown_field", detail));
        }
        let mut before = mapping.values().take(place);
        if field.is_some() && before.any(|other| other == field) {
            let detail = "is what another column is already";
            faults.push(FieldError::new(&pointer, "duplicate_field", detail));
        }
    }
    let mut seen = Vec::new();
    let fields = headers.iter().map(|header| {
        let field = mapping.get(header).cloned().flatten()?;
        // Of columns with the same header, the first one.
        let is_first = !seen.contains(&field);
        seen.push(field.clone());
        is_first.then_some(field)
    });
    fields.collect()
}
