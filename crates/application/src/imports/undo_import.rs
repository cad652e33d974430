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
    /// Has what an import did taken back, but for what somebody has changed or used since.
    #[tracing::instrument(skip_all, fields(import.id = %id))]
    pub async fn undo_import(&self, actor: &Actor, id: ImportId) -> Result<Import, Error> {
        actor.require(Permission::ImportsWrite)?;
        let now = self.ports.clock.now();
        let organization_id = actor.organization_id();
        let uow = self.ports.store.begin(organization_id).await?;
        let import = uow.imports().lock(id).await?;
        let mut import = import.ok_or(Error::NotFound("import"))?;
        import.begin_undo()?;
        uow.imports().update(&import).await?;
        let target = AuditTarget::new(AuditTargetKind::Import, id);
        let entry = actor.entry(AuditAction::ImportUndone, target, now);
        uow.audit_log().append(&entry).await?;
        let progress = import.progress();
        uow.record(Event::ImportProgressed { progress });
        uow.enqueue(Job::UndoImport {
            organization_id,
            import_id: id,
        });
        uow.commit().await?;
        Ok(import)
    }
}
