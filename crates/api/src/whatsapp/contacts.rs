use actix_web::{
    get,
    web::{Data, Json},
};
use application::Application;
use chrono::{DateTime, Utc};
use domain::chats::Person;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    chats::CustomerResponse,
    extract::Authenticated,
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
    customer: CustomerResponse,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Person> for ContactResponse {
    fn from(Person { customer, contact }: Person) -> Self {
        Self {
            id: contact.id.uuid(),
            phone_number: contact.phone_number().map(String::from),
            name: contact.name,
            wa_id: contact.wa_id,
            user_id: contact.user_id,
            username: contact.username,
            customer: customer.into(),
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
    let search = query.filter.search.as_deref();
    let list = application
        .whatsapp
        .list_contacts(&actor, search, query.page, query.include_total)
        .await?;
    let page = list.page.map(ContactResponse::from);
    Ok(Json(ListResponse::new(page, list.total)))
}
