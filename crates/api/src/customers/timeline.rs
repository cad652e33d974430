use std::collections::BTreeSet;

use actix_web::{
    get,
    web::{Data, Json},
};
use application::{Application, customers::TimelineItem};
use chrono::{DateTime, Utc};
use domain::customers::{
    ChangeOrigin, ChangedValue, Customer, CustomerChange, TimelineEntry, TimelineKind,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema, openapi::Object};
use uuid::Uuid;

use super::{attribute::attribute_name, consents::ConsentEntryResponse};
use crate::{
    chats::{MessageResponse, NoteResponse, one_of},
    extract::{Authenticated, PathId, fault},
    list::{ListParameters, ListQuery, ListResponse},
    organizations::MemberNameResponse,
    problem::Problem,
};

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TimelineParameters {
    /// Only what is of this kind: `message`, `note`, `consent` or `change`; of several, parted
    /// by commas, what is of any of them.
    #[garde(inner(custom(are_kinds)))]
    #[param(example = "message,note")]
    kind: Option<String>,
}

fn kinds(list: &str) -> Result<BTreeSet<TimelineKind>, garde::Error> {
    let kinds = list.split(',').map(|word| {
        let mut all = TimelineKind::ALL.into_iter();
        all.find(|kind| kind.as_str() == word).ok_or_else(|| {
            let words = TimelineKind::ALL.map(TimelineKind::as_str).join(", ");
            fault("invalid_value", format!("must be of {words}"))
        })
    });
    kinds.collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "garde asks for it")]
fn are_kinds(list: &str, (): &()) -> garde::Result {
    kinds(list).map(|_| ())
}

impl TimelineParameters {
    fn kinds(&self) -> Vec<TimelineKind> {
        let named = self.kind.as_deref().and_then(|list| kinds(list).ok());
        named.map_or_else(|| TimelineKind::ALL.to_vec(), Vec::from_iter)
    }
}

/// Something that happened with a customer. What it was stands under the key that is its kind.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimelineEntry)]
struct TimelineEntryResponse {
    id: Uuid,
    #[schema(schema_with = any_kind)]
    kind: &'static str,
    at: DateTime<Utc>,
    /// The member who did it; null if it was the customer or the program.
    #[schema(required)]
    actor: Option<MemberNameResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<NoteResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentEntryResponse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<ChangeResponse>,
}

/// What became of a customer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerChange)]
struct ChangeResponse {
    /// Who was changed: another than the customer only if the two were merged since.
    customer_id: Uuid,
    /// Through what: `whatsapp` is what WhatsApp tells of people.
    #[schema(schema_with = any_origin)]
    origin: ChangeOrigin,
    /// The customer was not there before.
    is_new: bool,
    /// What is different now.
    values: Vec<ChangedValueResponse>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerChangedValue)]
struct ChangedValueResponse {
    /// As in a customer; of the organization's own fields, `customFields` and the field's id.
    #[schema(example = "email")]
    field: String,
    #[schema(required, value_type = Option<Object>)]
    before: Value,
    #[schema(required, value_type = Option<Object>)]
    after: Value,
}

fn any_kind() -> Object {
    one_of(&TimelineKind::ALL.map(TimelineKind::as_str))
}

fn any_origin() -> Object {
    one_of(&ChangeOrigin::ALL.map(ChangeOrigin::as_str))
}

impl From<TimelineItem> for TimelineEntryResponse {
    fn from(TimelineItem { entry, actor }: TimelineItem) -> Self {
        let position = entry.position();
        let mut response = Self {
            id: position.id,
            kind: entry.kind().as_str(),
            at: position.at,
            actor: None,
            message: None,
            note: None,
            consent: None,
            change: None,
        };
        match entry {
            TimelineEntry::Message(message) => response.message = Some((*message).into()),
            TimelineEntry::Note(note) => {
                response.note = actor.clone().map(|author| NoteResponse::new(note, author));
            }
            TimelineEntry::Consent(consent) => response.consent = Some(consent.into()),
            TimelineEntry::Change(change) => response.change = Some(change.into()),
        }
        response.actor = actor.map(Into::into);
        response
    }
}

impl From<CustomerChange> for ChangeResponse {
    fn from(change: CustomerChange) -> Self {
        Self {
            customer_id: change.subject_id.uuid(),
            origin: change.origin,
            is_new: change.is_new,
            values: change.values.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ChangedValue> for ChangedValueResponse {
    fn from(value: ChangedValue) -> Self {
        Self {
            field: attribute_name(value.field),
            before: value.before,
            after: value.after,
        }
    }
}

/// Get a customer's timeline
///
/// What was said with the customer in all chats, the team's notes on them, what the customer
/// said of marketing, and what became of the customer's entry; newest first. Of who was merged
/// into this customer too.
#[utoipa::path(tag = "customers",
    params(("id" = Uuid, Path), ListParameters, TimelineParameters),
    responses((status = 200, body = ListResponse<TimelineEntryResponse>)))]
#[get("/customers/{id}/timeline")]
pub(super) async fn list_timeline(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
    query: ListQuery<TimelineParameters>,
) -> Result<Json<ListResponse<TimelineEntryResponse>>, Problem> {
    let kinds = query.filter.kinds();
    let timeline = application
        .customers
        .list_timeline(&actor, id, &kinds, query.page, query.include_total)
        .await?;
    let page = timeline.page.map(TimelineEntryResponse::from);
    Ok(Json(ListResponse::new(page, timeline.total)))
}
