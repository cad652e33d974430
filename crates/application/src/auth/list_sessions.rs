use std::collections::{HashMap, hash_map::Entry};

use domain::{
    auth::Session,
    organizations::OrganizationId,
    page::{Page, PageRequest},
};

use super::Auth;
use crate::{Actor, Error};

/// One of somebody's own sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    pub session: Session,
    pub organization_name: String,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Some of somebody's own sessions.
#[derive(Clone, Debug)]
pub struct SessionList {
    pub page: Page<OwnSession>,
    /// How many there are in all, if it was asked for.
    pub total: Option<u64>,
}

impl Auth {
    /// The actor's own sessions, in all organizations, newest first.
    #[tracing::instrument(skip_all)]
    pub async fn list_sessions(
        &self,
        actor: &Actor,
        page: PageRequest,
        include_total: bool,
    ) -> Result<SessionList, Error> {
        let now = self.ports.clock.now();
        let system = self.ports.store.read_system();
        let sessions = system.sessions();
        let page = sessions.of_user(actor.user_id(), now, page).await?;
        let total = if include_total {
            Some(sessions.count_of_user(actor.user_id(), now).await?)
        } else {
            None
        };
        let names = self.organization_names(&page.rows).await?;
        let page = page.map(|session| OwnSession {
            organization_name: names
                .get(&session.organization_id)
                .cloned()
                .unwrap_or_default(),
            is_current: session.id == actor.session_id(),
            session,
        });
        Ok(SessionList { page, total })
    }

    async fn organization_names(
        &self,
        sessions: &[Session],
    ) -> Result<HashMap<OrganizationId, String>, Error> {
        let mut names = HashMap::new();
        for id in sessions.iter().map(|session| session.organization_id) {
            if let Entry::Vacant(name) = names.entry(id) {
                let data = self.ports.store.read(id);
                let organization = data.organizations().current().await?;
                let organization = organization
                    .ok_or_else(|| Error::internal("a session's organization is missing"))?;
                name.insert(organization.name);
            }
        }
        Ok(names)
    }
}
