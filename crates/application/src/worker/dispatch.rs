//! Which use case does which job.

use domain::{
    job::{Job, Outcome, QueuedJob},
    organizations::OrganizationId,
};

use super::{Worker, sweep};
use crate::Error;

impl Worker {
    pub(super) async fn dispatch(&self, job: &QueuedJob) -> Result<Outcome, Error> {
        let application = &self.application;
        match &job.job {
            Job::ProcessDelivery { delivery_id } => {
                application.whatsapp.process_delivery(*delivery_id).await
            }
            Job::SendMessage { message_id, .. } => {
                let organization = organization_of(job)?;
                application
                    .chats
                    .deliver_message(organization, *message_id, job.attempt)
                    .await
            }
            Job::SendReadReceipt { account_id, wamid } => {
                let organization = organization_of(job)?;
                application
                    .whatsapp
                    .send_read_receipt(organization, *account_id, wamid)
                    .await
            }
            Job::ShowTyping {
                account_id,
                wamid,
                until,
            } => {
                let organization = organization_of(job)?;
                application
                    .whatsapp
                    .show_typing(organization, *account_id, wamid, *until)
                    .await
            }
            Job::FetchMedia { media_id } => {
                let organization = organization_of(job)?;
                application
                    .whatsapp
                    .fetch_media(organization, *media_id, job.attempt)
                    .await
            }
            Job::EndSnooze { chat_id, until } => {
                let organization = organization_of(job)?;
                application
                    .chats
                    .end_snooze(organization, *chat_id, *until)
                    .await
            }
            Job::ReleaseReservation { reservation_id } => {
                let organization = organization_of(job)?;
                application
                    .catalog
                    .release_reservation(organization, *reservation_id)
                    .await
            }
            Job::PushCatalog { .. } | Job::SettleCatalogBatch { .. } | Job::CheckCatalog { .. } => {
                self.dispatch_of_meta_catalog(job).await
            }
            Job::AssignChats { organization_id } => {
                application.chats.assign_chats(*organization_id).await
            }
            Job::ResumeAccount { .. }
            | Job::EndRestriction { .. }
            | Job::SyncPhone { .. }
            | Job::SendAccountAlert { .. } => self.dispatch_of_account(job).await,
            Job::SendWelcomeMail { .. }
            | Job::SendEmailVerification { .. }
            | Job::SendPasswordReset { .. }
            | Job::SendSecurityNotice { .. }
            | Job::SendInvitation { .. } => self.dispatch_mail(job).await,
            Job::ForgetMerge { merge_id, until } => {
                let organization = organization_of(job)?;
                application
                    .customers
                    .forget_merge(organization, *merge_id, *until)
                    .await
            }
            Job::EraseCustomer { customer_id } => {
                let organization = organization_of(job)?;
                application
                    .customers
                    .run_erasure(organization, *customer_id)
                    .await
            }
            Job::RunImport { .. } | Job::UndoImport { .. } => self.dispatch_import(job).await,
            Job::SyncContacts { organization_id } => {
                let whatsapp = &application.whatsapp;
                whatsapp.run_contact_sync(*organization_id).await
            }
            Job::DeleteFile { key } => application.files.delete_file(key).await,
            Job::SweepFiles => application.files.sweep_files().await,
            Job::ExpireMessages => application.chats.expire_messages().await,
            Job::CheckAccounts => application.whatsapp.check_accounts().await,
            Job::Sweep => sweep::sweep(&application.ports).await,
        }
    }

    async fn dispatch_mail(&self, job: &QueuedJob) -> Result<Outcome, Error> {
        let application = &self.application;
        match &job.job {
            Job::SendWelcomeMail { user_id } => application.auth.send_welcome_mail(*user_id).await,
            Job::SendEmailVerification { user_id } => {
                application.auth.send_email_verification(*user_id).await
            }
            Job::SendPasswordReset {
                email,
                requested_at,
            } => {
                application
                    .auth
                    .send_password_reset(email, *requested_at)
                    .await
            }
            Job::SendSecurityNotice {
                user_id,
                notice,
                address,
                at,
            } => {
                application
                    .auth
                    .send_security_notice(*user_id, *notice, address.as_deref(), *at)
                    .await
            }
            Job::SendInvitation { invitation_id } => {
                let organization = organization_of(job)?;
                application
                    .organizations
                    .send_invitation(organization, *invitation_id)
                    .await
            }
            _ => Ok(Outcome::Done),
        }
    }

    async fn dispatch_of_meta_catalog(&self, job: &QueuedJob) -> Result<Outcome, Error> {
        let catalog = &self.application.catalog;
        match &job.job {
            Job::PushCatalog { organization_id } => catalog.push_catalog(*organization_id).await,
            Job::SettleCatalogBatch {
                catalog_id,
                handle,
                until,
            } => {
                let organization = organization_of(job)?;
                catalog
                    .settle_batch(organization, catalog_id, handle, *until)
                    .await
            }
            Job::CheckCatalog { organization_id } => catalog.check_drift(*organization_id).await,
            _ => Ok(Outcome::Done),
        }
    }

    async fn dispatch_of_account(&self, job: &QueuedJob) -> Result<Outcome, Error> {
        let whatsapp = &self.application.whatsapp;
        let organization = organization_of(job)?;
        match &job.job {
            Job::ResumeAccount { .. } => {
                self.jobs().hasten(organization).await?;
                Ok(Outcome::Done)
            }
            Job::EndRestriction { account_id, until } => {
                whatsapp
                    .end_restriction(organization, *account_id, *until)
                    .await
            }
            Job::SyncPhone { account_id } => whatsapp.sync_phone(organization, *account_id).await,
            Job::SendAccountAlert {
                account_id,
                user_id,
                alert,
                at,
            } => {
                whatsapp
                    .send_account_alert(organization, *account_id, *user_id, alert, *at)
                    .await
            }
            _ => Ok(Outcome::Done),
        }
    }

    async fn dispatch_import(&self, job: &QueuedJob) -> Result<Outcome, Error> {
        let imports = &self.application.imports;
        let organization = organization_of(job)?;
        match job.job {
            Job::RunImport { import_id, .. } => {
                let is_last = job.attempt >= job.job.max_attempts();
                imports.run_import(organization, import_id, is_last).await
            }
            Job::UndoImport { import_id, .. } => imports.run_undo(organization, import_id).await,
            _ => Ok(Outcome::Done),
        }
    }
}

fn organization_of(job: &QueuedJob) -> Result<OrganizationId, Error> {
    job.organization_id
        .ok_or_else(|| Error::internal(format!("job {} has no organization", job.id)))
}
