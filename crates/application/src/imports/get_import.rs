use domain::{
    imports::{ErrorPlace, Import, ImportId, RowError},
    organizations::{OrganizationId, Permission},
    page::{Page, PageRequest},
};

use super::Imports;
use crate::{Actor, Error, Ports};

/// How much is held at a time, however many errors there are.
const ERRORS_AT_A_TIME: u32 = 500;

/// A page of imports and, if it was asked for, how many there are in all.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportList {
    pub page: Page<Import>,
    pub total: Option<u64>,
}

/// What was wrong with the rows of an import, to be read piece by piece.
pub struct ImportErrors {
    ports: Ports,
    organization_id: OrganizationId,
    import_id: ImportId,
    after: Option<ErrorPlace>,
}

impl Imports {
    #[tracing::instrument(skip_all, fields(import.id = %id))]
    pub async fn get_import(&self, actor: &Actor, id: ImportId) -> Result<Import, Error> {
        actor.require(Permission::ImportsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let import = data.imports().find(id).await?;
        import.ok_or(Error::NotFound("import"))
    }

    /// Newest first.
    #[tracing::instrument(skip_all)]
    pub async fn list_imports(
        &self,
        actor: &Actor,
        page: PageRequest,
        include_total: bool,
    ) -> Result<ImportList, Error> {
        actor.require(Permission::ImportsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let page = data.imports().list(page).await?;
        let total = if include_total {
            Some(data.imports().count().await?)
        } else {
            None
        };
        Ok(ImportList { page, total })
    }

    /// In the order of the rows.
    #[tracing::instrument(skip_all, fields(import.id = %id))]
    pub async fn import_errors(&self, actor: &Actor, id: ImportId) -> Result<ImportErrors, Error> {
        actor.require(Permission::ImportsRead)?;
        let organization_id = actor.organization_id();
        let data = self.ports.store.read(organization_id);
        let import = data.imports().find(id).await?;
        import.ok_or(Error::NotFound("import"))?;
        Ok(ImportErrors {
            ports: self.ports.clone(),
            organization_id,
            import_id: id,
            after: None,
        })
    }
}

impl ImportErrors {
    /// The next ones; none at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<RowError>>, Error> {
        let data = self.ports.store.read(self.organization_id);
        let errors = data
            .imports()
            .errors(self.import_id, self.after, ERRORS_AT_A_TIME)
            .await?;
        let Some((last, _)) = errors.last() else {
            return Ok(None);
        };
        self.after = Some(*last);
        Ok(Some(errors.into_iter().map(|(_, error)| error).collect()))
    }
}
