use std::collections::HashMap;

use domain::{
    auth::Session,
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
        // Who is no active member any more has no session there.
        let memberships = system.users().memberships(actor.user_id()).await?;
        let names: HashMap<_, _> = memberships
            .into_iter()
            .map(|membership| (membership.organization_id, membership.organization_name))
            .collect();
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
}
