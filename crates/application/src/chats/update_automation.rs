use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    audit::{AuditAction, AuditTarget, AuditTargetKind},
    chats::{
        Automation, BusinessHours, DaySlots, DaySlotsError, DayTime, Greeting, Slot, VariableText,
        VariableTextError,
    },
    organizations::Permission,
};
use serde_json::{Value, json};

use super::{Chats, get_automation::timezone};
use crate::{Actor, Error, FieldError, audit::changing, chats::AutomationNow};

/// What is to change. Absent fields stay; `Some(None)` turns off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateAutomation {
    /// The version that is to be changed; none for whichever it is.
    pub expected_version: Option<i64>,
    pub hours: Option<Option<HoursDraft>>,
    pub greeting: Option<Option<GreetingDraft>>,
    pub away: Option<Option<String>>,
}

/// Hours as somebody wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoursDraft {
    /// From Monday.
    pub week: [Vec<SlotDraft>; 7],
    pub exceptions: Vec<(NaiveDate, Vec<SlotDraft>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotDraft {
    pub from: String,
    pub to: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GreetingDraft {
    pub text: String,
    pub after_days: u16,
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

impl Chats {
    /// Changes what the program says by itself. Needs an admin.
    #[tracing::instrument(skip_all)]
    pub async fn update_automation(
        &self,
        actor: &Actor,
        command: UpdateAutomation,
    ) -> Result<AutomationNow, Error> {
        actor.require(Permission::OrganizationWrite)?;
        let now = self.ports.clock.now();
        let uow = self.ports.store.begin(actor.organization_id()).await?;
        let before = uow.automation().settings().await?;
        let expected = command.expected_version;
        if expected.is_some_and(|version| version != before.version) {
            return Err(Error::VersionMismatch);
        }
        let timezone = timezone(uow.as_ref()).await?;
        let mut automation = command.apply(before.clone())?;
        if automation == before {
            return Ok(AutomationNow::new(automation, timezone, now));
        }
        automation.updated_at = now;
        if !uow.automation().save(&automation).await? {
            return Err(Error::VersionMismatch);
        }
        let target = AuditTarget::new(AuditTargetKind::Organization, actor.organization_id());
        let entry = actor.entry(AuditAction::ChatAutomationUpdated, target, now);
        let entry = changing(entry, fields(&before), fields(&automation));
        uow.audit_log().append(&entry).await?;
        uow.commit().await?;
        automation.version += 1;
        Ok(AutomationNow::new(automation, timezone, now))
    }
}

impl UpdateAutomation {
    /// Refuses, with all faults at once.
    fn apply(self, mut automation: Automation) -> Result<Automation, Error> {
        let mut faults = Vec::new();
        if let Some(hours) = self.hours {
            automation.hours = hours.map(|hours| hours.read(&mut faults));
        }
        if let Some(greeting) = self.greeting {
            automation.greeting = greeting.and_then(|greeting| {
                Some(Greeting {
                    text: read_text(greeting.text, "/greeting/text", &mut faults)?,
                    after_days: greeting.after_days,
                })
            });
        }
        if let Some(away) = self.away {
            automation.away = away.and_then(|text| read_text(text, "/away/text", &mut faults));
        }
        if automation.away.is_some() && automation.hours.is_none() {
            let detail = "is told outside the business hours: there must be some";
            faults.push(FieldError::new("/away", "needs_business_hours", detail));
        }
        if faults.is_empty() {
            Ok(automation)
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

fn read_text(text: String, at: &str, faults: &mut Vec<FieldError>) -> Option<VariableText> {
    VariableText::parse(text, Automation::MAX_TEXT)
        .map_err(|errors| {
            let fault = |error| FieldError::new(at, VariableTextError::code(&error), error);
            faults.extend(errors.into_iter().map(fault));
        })
        .ok()
}

impl HoursDraft {
    fn read(self, faults: &mut Vec<FieldError>) -> BusinessHours {
        let mut days = DAYS.into_iter();
        let week = self.week.map(|slots| {
            let day = days.next().unwrap_or_default();
            read_day(slots, &format!("/businessHours/weekly/{day}"), faults)
        });
        let at = "/businessHours/exceptions";
        if self.exceptions.len() > BusinessHours::MAX_EXCEPTIONS {
            let detail = format!("must be at most {}", BusinessHours::MAX_EXCEPTIONS);
            faults.push(FieldError::new(at, "too_many", detail));
        }
        let mut exceptions = BTreeMap::new();
        for (index, (date, slots)) in self.exceptions.into_iter().enumerate() {
            let slots = read_day(slots, &format!("{at}/{index}/slots"), faults);
            if exceptions.insert(date, slots).is_some() {
                let at = format!("{at}/{index}/date");
                faults.push(FieldError::new(&at, "duplicate", "is there twice"));
            }
        }
        BusinessHours { week, exceptions }
    }
}

fn read_day(slots: Vec<SlotDraft>, at: &str, faults: &mut Vec<FieldError>) -> DaySlots {
    let mut times = Vec::new();
    let known = faults.len();
    for (index, slot) in slots.into_iter().enumerate() {
        let mut read = |name: &str, text: String| {
            let time = DayTime::try_from(text);
            let at = format!("{at}/{index}/{name}");
            time.map_err(|error| faults.push(FieldError::new(&at, "invalid_time", error)))
                .ok()
        };
        let (from, to) = (read("from", slot.from), read("to", slot.to));
        times.extend(from.zip(to).map(|(from, to)| Slot { from, to }));
    }
    // Only of slots that can all be read is it told where they stand.
    if faults.len() > known {
        return DaySlots::default();
    }
    DaySlots::new(times).unwrap_or_else(|error| {
        let (at, code) = match error {
            DaySlotsError::TooMany => (at.to_owned(), "too_many"),
            DaySlotsError::Empty(slot) => (format!("{at}/{slot}/to"), "not_after_start"),
            DaySlotsError::Overlapping(slot) => (format!("{at}/{slot}"), "overlapping"),
        };
        faults.push(FieldError::new(&at, code, error));
        DaySlots::default()
    })
}

/// What may change, for the audit log.
fn fields(automation: &Automation) -> Value {
    let greeting = automation.greeting.as_ref();
    json!({
        "businessHours": automation.hours,
        "greeting": greeting.map(|greeting| json!({
            "text": greeting.text.as_str(),
            "afterDays": greeting.after_days,
        })),
        "away": automation.away.as_ref().map(VariableText::as_str),
    })
}
