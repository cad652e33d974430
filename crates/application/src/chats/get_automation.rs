use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{chats::Automation, organizations::Permission, store::Repositories};

use super::Chats;
use crate::{Actor, Error};

/// The settings, and what they say of this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct AutomationNow {
    pub automation: Automation,
    /// The organization's, by which the hours are meant.
    pub timezone: Tz,
    pub is_open: bool,
    /// Of a business that is closed, if it is known.
    pub next_opening: Option<DateTime<Utc>>,
}

impl Chats {
    /// What the program says by itself, and whether the business is open now.
    #[tracing::instrument(skip_all)]
    pub async fn get_automation(&self, actor: &Actor) -> Result<AutomationNow, Error> {
        actor.require(Permission::ChatsRead)?;
        let data = self.ports.store.read(actor.organization_id());
        let automation = data.automation().settings().await?;
        let timezone = timezone(data.as_ref()).await?;
        Ok(AutomationNow::new(
            automation,
            timezone,
            self.ports.clock.now(),
        ))
    }
}

impl AutomationNow {
    pub(super) fn new(automation: Automation, timezone: Tz, now: DateTime<Utc>) -> Self {
        let is_open = automation.is_open(now, timezone);
        let hours = automation.hours.as_ref().filter(|_| !is_open);
        Self {
            is_open,
            next_opening: hours.and_then(|hours| hours.next_opening(now, timezone)),
            timezone,
            automation,
        }
    }
}

pub(super) async fn timezone(data: &dyn Repositories) -> Result<Tz, Error> {
    let organization = data.organizations().current().await?;
    let organization = organization.ok_or(Error::NotFound("organization"))?;
    Ok(organization.timezone)
}
