use bytes::Bytes;
use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    job::Job,
    organizations::{Organization, Permission},
    storage::{File, Folder},
};
use serde_json::json;

use super::Organizations;
use crate::{Actor, Error, audit::changing, files::NewFile, images};

/// Pixels a side of the square that it is fitted into.
const SIZE: u32 = 512;
/// Of many who change the organization at once, each time at least one gets through.
const MAX_ATTEMPTS: u32 = 10;

/// An image that somebody has uploaded.
#[derive(Clone, Debug)]
pub struct ChangeLogo {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub content: Bytes,
    pub file_name: Option<String>,
}

impl Organizations {
    /// Shows an image as the organization's logo; the one before is deleted. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn change_logo(
        &self,
        actor: &Actor,
        command: ChangeLogo,
    ) -> Result<Organization, Error> {
        actor.require(Permission::OrganizationWrite)?;
        let fitted = self.images.fit(command.content, [SIZE]).await?;
        let [content] = fitted.map_err(|error| Error::Invalid(vec![error.at("/logo")]))?;
        let file = NewFile {
            folder: Folder::Images,
            content_type: images::CONTENT_TYPE,
            original_name: command.file_name,
            content,
        };
        let file = self.files.store(actor, file).await?;
        let changed = self.set_logo(actor, command.expected_version, Some(&file));
        match changed.await {
            Ok(organization) => Ok(organization),
            Err(error) => {
                self.files.discard(&file, &error).await;
                Err(error)
            }
        }
    }

    pub(super) async fn set_logo(
        &self,
        actor: &Actor,
        expected_version: Option<i64>,
        logo: Option<&File>,
    ) -> Result<Organization, Error> {
        let mut attempt = 1;
        loop {
            match self.try_to_set_logo(actor, expected_version, logo).await {
                // Somebody was faster, and the client does not mind.
                Err(Error::VersionMismatch)
                    if expected_version.is_none() && attempt < MAX_ATTEMPTS =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn try_to_set_logo(
        &self,
        actor: &Actor,
        expected_version: Option<i64>,
        logo: Option<&File>,
    ) -> Result<Organization, Error> {
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let current = uow.organizations().current().await?;
        let mut organization = current.ok_or(Error::NotFound("organization"))?;
        if expected_version.is_some_and(|version| version != organization.version) {
            return Err(Error::VersionMismatch);
        }
        let before = organization.logo.take();
        if before.is_none() && logo.is_none() {
            return Ok(organization);
        }
        if let Some(file) = logo {
            uow.files().insert(file).await?;
            organization.logo = Some(file.key.clone());
        }
        let now = self.ports.clock.now();
        organization.updated_at = now;
        if !uow.organizations().update(&organization).await? {
            return Err(Error::VersionMismatch);
        }
        let action = match logo {
            Some(_) => AuditAction::LogoChanged,
            None => AuditAction::LogoRemoved,
        };
        let target = AuditTarget::new(AuditTargetKind::Organization, organization.id);
        let entry = changing(
            actor.entry(action, target, now),
            json!({"logo": before}),
            json!({"logo": organization.logo}),
        );
        uow.audit_log().append(&entry).await?;
        if let Some(key) = before {
            uow.files().remove(&key).await?;
            uow.enqueue(Job::DeleteFile { key });
        }
        uow.commit().await?;
        organization.version += 1;
        Ok(organization)
    }
}
