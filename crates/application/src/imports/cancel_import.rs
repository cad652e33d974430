use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    event::Event,
    imports::{Import, ImportId},
    job::Job,
    organizations::Permission,
};

use super::Imports;
use crate::{Actor, Error};

impl Imports {
    /// Stops an import before its next chunk of rows. What is done stays, and can be undone.
    #[tracing::instrument(skip_all, fields(import.id = %id))]
    pub async fn cancel_import(&self, actor: &Actor, id: ImportId) -> Result<Import, Error> {
        actor.require(Permission::ImportsWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let import = uow.imports().lock(id).await?;
        let mut import = import.ok_or(Error::NotFound("import"))?;
        import.cancel(now)?;
        uow.imports().update(&import).await?;
        uow.imports().forget_keys(id).await?;
        if import.details.options.dry_run {
            uow.imports().forget_changes(id).await?;
        }
        if uow.files().remove(&import.file).await? {
            let key = import.file.clone();
            uow.enqueue(Job::DeleteFile { key });
        }
        let target = AuditTarget::new(AuditTargetKind::Import, id);
        let entry = actor.entry(AuditAction::ImportCancelled, target, now);
        uow.audit_log().append(&entry).await?;
        let progress = import.progress();
        uow.record(Event::ImportProgressed { progress });
        uow.commit().await?;
        Ok(import)
    }
}
