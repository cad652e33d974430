use std::collections::BTreeMap;

use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    event::Event,
    id::Id,
    imports::{
        Column, CustomerField, Import, ImportCounts, ImportDetails, ImportKind, ImportOptions,
        ImportStatus, OnDuplicate,
    },
    job::Job,
    organizations::Permission,
};
use serde_json::json;

use super::{Imports, ReceivedFile, mapping::Fields};
use crate::{Actor, Error, FieldError, files::plain_name};

/// How a table is to be taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartImport {
    /// What each column is, by its header; columns that it does not name are left out. If it
    /// is absent, what the headers seem to say holds.
    pub mapping: Option<BTreeMap<String, Option<String>>>,
    pub dry_run: bool,
    pub on_duplicate: OnDuplicate,
    /// Where the customers have said whether they want marketing.
    pub consent_source: Option<String>,
}

impl Imports {
    /// Has a table imported, one after the other if there are several. What is
    /// wrong with the request has the file deleted.
    #[tracing::instrument(skip_all)]
    pub async fn start_import(
        &self,
        actor: &Actor,
        kind: ImportKind,
        received: ReceivedFile,
        command: StartImport,
    ) -> Result<Import, Error> {
        actor.require(Permission::ImportsWrite)?;
        let started = self.insert_import(actor, kind, &received, command).await;
        if let Err(error) = &started {
            self.discard(&received, error).await;
        }
        started
    }

    async fn insert_import(
        &self,
        actor: &Actor,
        kind: ImportKind,
        received: &ReceivedFile,
        command: StartImport,
    ) -> Result<Import, Error> {
        let now = self.ports.clock.now();
        let data = self.ports.store.read(actor.organization_id());
        let headers = received.columns.iter().map(|(header, _)| header.clone());
        let headers: Vec<_> = headers.collect();
        let fields = Fields::load(data.as_ref(), kind, &headers).await?;
        let (columns, options) = command.apply_to(received, &headers, fields)?;
        let import = Import {
            id: Id::generate(),
            kind,
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
        headers: &[String],
        fields: Fields,
    ) -> Result<(Vec<Column>, ImportOptions), Error> {
        let mut faults = Vec::new();
        let consent_source = self.consent_source.as_deref().and_then(plain_name);
        let mut fields = fields.of_columns(headers, self.mapping.as_ref(), &mut faults);
        let consent = CustomerField::MarketingConsent.name();
        let is_consent = |field: &Option<String>| field.as_ref() == Some(&consent);
        if consent_source.is_none() && fields.iter().any(is_consent) {
            if self.mapping.is_some() {
                let detail = "must say where the customers have consented";
                faults.push(FieldError::new("/consentSource", "required", detail));
            }
            // A guess is not enough to say that somebody has consented.
            let consents = fields.iter_mut().filter(|field| is_consent(field));
            consents.for_each(|field| *field = None);
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
