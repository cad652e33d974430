use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Json},
};
use application::{Application, whatsapp::ContactDetails};
use chrono::{DateTime, Utc};
use domain::{
    chats::Person,
    whatsapp::{Contact, ContactFilter, Identity},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    chats::CustomerResponse,
    extract::{Authenticated, PathId},
    list::{ListParameters, ListQuery, ListResponse},
    problem::Problem,
};

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactParameters {
    /// Part of the name or of the phone number; case and accents do not matter.
    #[garde(length(chars, max = 200))]
    search: Option<String>,
    /// Only those who are blocked, or only those who are not.
    #[garde(skip)]
    blocked: Option<bool>,
    /// Only those whom messages do not reach, or only the others.
    #[garde(skip)]
    undeliverable: Option<bool>,
    /// Only those who are customers, or only those who are not.
    #[garde(skip)]
    customer: Option<bool>,
}

/// A person on WhatsApp.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContactResponse {
    id: Uuid,
    /// The name of the WhatsApp profile.
    #[schema(required)]
    name: Option<String>,
    /// E.164; null for people who keep theirs to themselves.
    #[schema(required, example = "+14155550123")]
    phone_number: Option<String>,
    /// The phone number as WhatsApp writes it.
    #[schema(required, example = "14155550123")]
    wa_id: Option<String>,
    /// By which WhatsApp knows the person to this business.
    #[schema(required)]
    user_id: Option<String>,
    #[schema(required)]
    username: Option<String>,
    /// All by which WhatsApp may speak of the person: a number in each way in which its
    /// country writes it, and the username.
    identities: Vec<IdentityResponse>,
    /// Whom the team keeps of the person; null while that is nobody.
    #[schema(required)]
    customer: Option<CustomerResponse>,
    /// Since when the organization wants to hear no more of the person.
    #[schema(required)]
    blocked_at: Option<DateTime<Utc>>,
    /// The member who blocked the person.
    #[schema(required)]
    blocked_by_id: Option<Uuid>,
    /// Since when messages do not reach the person.
    #[schema(required)]
    undeliverable_at: Option<DateTime<Utc>>,
    /// Why they do not, in plain words.
    #[schema(required)]
    undeliverable_reason: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
struct IdentityResponse {
    /// `wa_id`, `user_id`, `parent_user_id` or `username`.
    #[schema(example = "wa_id")]
    kind: &'static str,
    #[schema(example = "14155550123")]
    value: String,
}

impl From<Identity> for IdentityResponse {
    fn from(identity: Identity) -> Self {
        Self {
            kind: identity.kind.as_str(),
            value: identity.value,
        }
    }
}

impl From<ContactDetails> for ContactResponse {
    fn from(details: ContactDetails) -> Self {
        let Person { customer, contact } = details.person;
        let username = contact.username.clone().map(|value| IdentityResponse {
            kind: "username",
            value,
        });
        let identities = details.identities.into_iter().map(IdentityResponse::from);
        let (undeliverable_at, undeliverable_reason) = contact
            .undeliverable
            .clone()
            .map(|it| (it.at, it.reason))
            .unzip();
        Self {
            identities: identities.chain(username).collect(),
            blocked_at: contact.blocked.map(|it| it.at),
            blocked_by_id: contact.blocked.map(|it| it.by.uuid()),
            undeliverable_at,
            undeliverable_reason,
            id: contact.id.uuid(),
            phone_number: contact.phone_number().map(String::from),
            name: contact.name,
            wa_id: contact.wa_id,
            user_id: contact.user_id,
            username: contact.username,
            customer: customer.map(Into::into),
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        }
    }
}

/// The people who wrote or were written to, newest first.
#[utoipa::path(tag = "whatsapp", params(ListParameters, ContactParameters), responses(
    (status = 200, body = ListResponse<ContactResponse>)))]
#[get("/whatsapp/contacts")]
pub(super) async fn list_contacts(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    query: ListQuery<ContactParameters>,
) -> Result<Json<ListResponse<ContactResponse>>, Problem> {
    let filter = ContactFilter {
        search: query.filter.search.as_deref(),
        blocked: query.filter.blocked,
        undeliverable: query.filter.undeliverable,
        customer: query.filter.customer,
    };
    let list = application
        .whatsapp
        .list_contacts(&actor, filter, query.page, query.include_total)
        .await?;
    let page = list.page.map(ContactResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ContactSync)]
struct SyncResponse {
    /// How many are to become customers.
    contacts: u64,
}

/// Has all people who are no customers become customers
///
/// Each of them is from then on the customer who has one of their numbers, however it is written,
/// or else a new one. Needs an admin. It goes on after the answer, in steps that are told by
/// `contacts.synced`; `customer=false` lists who is left. May be asked for at any time: who is a
/// customer already is left alone.
#[utoipa::path(tag = "whatsapp", responses((status = 202, body = SyncResponse)))]
#[post("/whatsapp/contacts/sync")]
pub(super) async fn sync_contacts(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    let contacts = application.whatsapp.sync_contacts(&actor).await?;
    Ok(HttpResponse::Accepted().json(SyncResponse { contacts }))
}

/// A person who wrote or was written to.
#[utoipa::path(tag = "whatsapp", responses((status = 200, body = ContactResponse)))]
#[get("/whatsapp/contacts/{id}")]
pub(super) async fn get_contact(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Contact>,
) -> Result<Json<ContactResponse>, Problem> {
    let contact = application.whatsapp.get_contact(&actor, id).await?;
    Ok(Json(contact.into()))
}

/// Has WhatsApp let nothing through from this person any more, and refuses to write to them.
///
/// Each of your numbers that has a chat with the person is to block them. WhatsApp lets a
/// number block only who wrote to it within the last 24 hours; one number is enough
/// (`contact_not_recent` if there is none). May be done again at any time, so that further
/// numbers block, too.
#[utoipa::path(tag = "whatsapp", responses((status = 200, body = ContactResponse)))]
#[post("/whatsapp/contacts/{id}/block")]
pub(super) async fn block_contact(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Contact>,
) -> Result<Json<ContactResponse>, Problem> {
    let contact = application.whatsapp.block_contact(&actor, id).await?;
    Ok(Json(contact.into()))
}

/// Lets the person write, and be written to, again.
#[utoipa::path(tag = "whatsapp", responses((status = 200, body = ContactResponse)))]
#[delete("/whatsapp/contacts/{id}/block")]
pub(super) async fn unblock_contact(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Contact>,
) -> Result<Json<ContactResponse>, Problem> {
    let contact = application.whatsapp.unblock_contact(&actor, id).await?;
    Ok(Json(contact.into()))
}
