use actix_web::{HttpResponse, get, put, web::Data};
use application::{
    Application,
    chats::{AutomationNow, GreetingDraft, HoursDraft, SlotDraft, UpdateAutomation},
};
use chrono::{DateTime, NaiveDate, Utc};
use domain::chats::{BusinessHours, DaySlots, VariableText};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    extract::{Authenticated, IfMatch, Validated, etag, present},
    problem::Problem,
};

/// What the program says by itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AutomationResponse {
    /// Null if the business is always open.
    #[schema(required)]
    business_hours: Option<HoursResponse>,
    /// Said to who writes for the first time, or after a long silence. Null if nothing is.
    #[schema(required)]
    greeting: Option<GreetingResponse>,
    /// Said to who writes outside the business hours, once until they begin again. Goes
    /// before a greeting. Null if nothing is.
    #[schema(required)]
    away: Option<AwayResponse>,
    /// The organization's, in which the hours are told.
    #[schema(example = "America/New_York")]
    timezone: &'static str,
    is_open: bool,
    /// Of a business that is closed, when it opens. Null if that is not in sight.
    #[schema(required)]
    next_opening: Option<DateTime<Utc>>,
    /// Null if nothing was ever set.
    #[schema(required)]
    updated_at: Option<DateTime<Utc>>,
    /// Counts changes, from 1; 0 if nothing was ever set.
    version: i64,
}

#[derive(Serialize, ToSchema)]
struct HoursResponse {
    weekly: WeekResponse,
    /// The dates that are not as their day of the week, in order.
    exceptions: Vec<ExceptionResponse>,
}

/// What is open each day, in order.
#[derive(Serialize, ToSchema)]
struct WeekResponse {
    monday: Vec<SlotResponse>,
    tuesday: Vec<SlotResponse>,
    wednesday: Vec<SlotResponse>,
    thursday: Vec<SlotResponse>,
    friday: Vec<SlotResponse>,
    saturday: Vec<SlotResponse>,
    sunday: Vec<SlotResponse>,
}

#[derive(Serialize, ToSchema)]
struct ExceptionResponse {
    date: NaiveDate,
    /// None of a day that is closed.
    slots: Vec<SlotResponse>,
}

#[derive(Serialize, ToSchema)]
struct SlotResponse {
    #[schema(example = "09:00")]
    from: String,
    #[schema(example = "13:00")]
    to: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct GreetingResponse {
    #[schema(example = "Hello {{customer.firstName|there}}, how can we help?")]
    text: String,
    after_days: u16,
}

#[derive(Serialize, ToSchema)]
struct AwayResponse {
    text: String,
}

impl From<AutomationNow> for AutomationResponse {
    fn from(now: AutomationNow) -> Self {
        let automation = now.automation;
        let is_set = automation.version > 0;
        let text = |text: &VariableText| text.as_str().to_owned();
        Self {
            business_hours: automation.hours.as_ref().map(HoursResponse::from),
            greeting: automation.greeting.map(|greeting| GreetingResponse {
                text: text(&greeting.text),
                after_days: greeting.after_days,
            }),
            away: automation
                .away
                .map(|away| AwayResponse { text: text(&away) }),
            timezone: now.timezone.name(),
            is_open: now.is_open,
            next_opening: now.next_opening,
            updated_at: is_set.then_some(automation.updated_at),
            version: automation.version,
        }
    }
}

impl From<&BusinessHours> for HoursResponse {
    fn from(hours: &BusinessHours) -> Self {
        let [
            monday,
            tuesday,
            wednesday,
            thursday,
            friday,
            saturday,
            sunday,
        ] = hours.week.each_ref().map(slots);
        let exceptions = hours.exceptions.iter();
        Self {
            weekly: WeekResponse {
                monday,
                tuesday,
                wednesday,
                thursday,
                friday,
                saturday,
                sunday,
            },
            exceptions: exceptions
                .map(|(date, day)| ExceptionResponse {
                    date: *date,
                    slots: slots(day),
                })
                .collect(),
        }
    }
}

fn slots(day: &DaySlots) -> Vec<SlotResponse> {
    let slots = day.slots().iter();
    slots
        .map(|slot| SlotResponse {
            from: slot.from.to_string(),
            to: slot.to.to_string(),
        })
        .collect()
}

/// Fields that are absent stay as they are; null turns off.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateAutomationRequest {
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<HoursRequest>)]
    business_hours: Option<Option<HoursRequest>>,
    #[garde(dive)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<GreetingRequest>)]
    greeting: Option<Option<GreetingRequest>>,
    /// Needs business hours.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AwayRequest>)]
    away: Option<Option<AwayRequest>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoursRequest {
    weekly: WeekRequest,
    /// Dates that are not as their day of the week, such as holidays: 366 at most.
    #[serde(default)]
    exceptions: Vec<ExceptionRequest>,
}

/// What is open each day: up to 12 slots that do not overlap. A day that is absent is closed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WeekRequest {
    #[serde(default)]
    monday: Vec<SlotRequest>,
    #[serde(default)]
    tuesday: Vec<SlotRequest>,
    #[serde(default)]
    wednesday: Vec<SlotRequest>,
    #[serde(default)]
    thursday: Vec<SlotRequest>,
    #[serde(default)]
    friday: Vec<SlotRequest>,
    #[serde(default)]
    saturday: Vec<SlotRequest>,
    #[serde(default)]
    sunday: Vec<SlotRequest>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExceptionRequest {
    date: NaiveDate,
    /// None if the day is closed.
    slots: Vec<SlotRequest>,
}

/// A night is two slots: until `24:00`, and from `00:00` of the next day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SlotRequest {
    #[schema(example = "09:00", pattern = "^[0-9]{2}:[0-9]{2}$")]
    from: String,
    #[schema(example = "13:00", pattern = "^[0-9]{2}:[0-9]{2}$")]
    to: String,
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GreetingRequest {
    /// May have the variables of canned replies, but for those of the agent.
    #[garde(skip)]
    #[schema(min_length = 1, max_length = 1024)]
    text: String,
    /// Who writes again is greeted again if nothing was said for so many days.
    #[garde(range(min = 1, max = 365))]
    #[serde(default = "two_weeks")]
    #[schema(default = 14, minimum = 1, maximum = 365)]
    after_days: u16,
}

fn two_weeks() -> u16 {
    14
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AwayRequest {
    /// As the greeting's.
    #[schema(min_length = 1, max_length = 1024)]
    text: String,
}

impl UpdateAutomationRequest {
    fn into_command(self, IfMatch(expected_version): IfMatch) -> UpdateAutomation {
        let greeting = |greeting: GreetingRequest| GreetingDraft {
            text: greeting.text,
            after_days: greeting.after_days,
        };
        UpdateAutomation {
            expected_version,
            hours: self.business_hours.map(|hours| hours.map(Into::into)),
            greeting: self.greeting.map(|it| it.map(greeting)),
            away: self.away.map(|away| away.map(|away| away.text)),
        }
    }
}

impl From<HoursRequest> for HoursDraft {
    fn from(hours: HoursRequest) -> Self {
        let week = hours.weekly;
        let week = [
            week.monday,
            week.tuesday,
            week.wednesday,
            week.thursday,
            week.friday,
            week.saturday,
            week.sunday,
        ];
        let exceptions = hours.exceptions.into_iter();
        Self {
            week: week.map(drafts),
            exceptions: exceptions.map(|it| (it.date, drafts(it.slots))).collect(),
        }
    }
}

fn drafts(slots: Vec<SlotRequest>) -> Vec<SlotDraft> {
    let draft = |SlotRequest { from, to }| SlotDraft { from, to };
    slots.into_iter().map(draft).collect()
}

/// Get what the program says by itself
///
/// And whether the business is open now.
#[utoipa::path(tag = "chats", responses((status = 200, body = AutomationResponse,
    headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[get("/chats/automation")]
pub(super) async fn get_automation(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    Ok(answer(application.chats.get_automation(&actor).await?))
}

/// Change what the program says by itself
///
/// Needs an admin. Neither counts as an answer: the customer still waits for a person.
#[utoipa::path(tag = "chats", request_body = UpdateAutomationRequest,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the version to change.")),
    responses((status = 200, body = AutomationResponse,
            headers(("ETag" = String, description = "Its version, for `If-Match`."))),
        (status = 412, description = "`version_mismatch`: somebody else has changed it."),
        (status = 422, description = "`invalid`: at a slot, `invalid_time`, `not_after_start` or \
            `overlapping`; at an exception's date, `duplicate`; at a text, `unknown_variable` or \
            `unclosed_variable`; at `/away`, `needs_business_hours`.")))]
#[put("/chats/automation")]
pub(super) async fn update_automation(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    if_match: IfMatch,
    Validated(request): Validated<UpdateAutomationRequest>,
) -> Result<HttpResponse, Problem> {
    let command = request.into_command(if_match);
    let changed = application.chats.update_automation(&actor, command).await?;
    Ok(answer(changed))
}

fn answer(now: AutomationNow) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(etag(now.automation.version))
        .json(AutomationResponse::from(now))
}
