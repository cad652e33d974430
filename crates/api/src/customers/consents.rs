use actix_web::{
    HttpResponse, get, put,
    web::{Data, Json},
};
use application::Application;
use chrono::{DateTime, Utc};
use domain::customers::{Consent, ConsentSource, Customer, MarketingConsent};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{ToSchema, openapi::Object};
use uuid::Uuid;

use super::customer_response::FullCustomerResponse;
use crate::{
    chats::{marketing_consent, one_of},
    extract::{Authenticated, PathId, Validated, etag},
    list::ListResponse,
    problem::Problem,
};

/// What a customer has once said of marketing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerConsentEntry)]
pub(super) struct ConsentEntryResponse {
    id: Uuid,
    #[schema(schema_with = marketing_consent)]
    marketing: MarketingConsent,
    #[schema(schema_with = any_source)]
    source: ConsentSource,
    /// What shows that it happened: Meta's own words, the message, or who noted it.
    #[schema(value_type = Object)]
    proof: Value,
    occurred_at: DateTime<Utc>,
}

impl From<Consent> for ConsentEntryResponse {
    fn from(consent: Consent) -> Self {
        Self {
            id: consent.id.uuid(),
            marketing: consent.state,
            source: consent.source,
            proof: consent.proof,
            occurred_at: consent.occurred_at,
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetConsentRequest {
    #[garde(skip)]
    marketing: Decision,
    /// How the customer said so.
    #[garde(skip)]
    source: NotedSource,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MarketingDecision)]
enum Decision {
    OptedIn,
    OptedOut,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConsentSource)]
enum NotedSource {
    InPerson,
    Phone,
    Chat,
    Email,
    Website,
    Paper,
    Other,
}

impl From<NotedSource> for ConsentSource {
    fn from(source: NotedSource) -> Self {
        match source {
            NotedSource::InPerson => Self::InPerson,
            NotedSource::Phone => Self::Phone,
            NotedSource::Chat => Self::Chat,
            NotedSource::Email => Self::Email,
            NotedSource::Website => Self::Website,
            NotedSource::Paper => Self::Paper,
            NotedSource::Other => Self::Other,
        }
    }
}

fn any_source() -> Object {
    one_of(&ConsentSource::ALL.map(ConsentSource::as_str))
}

/// Note a customer's consent
///
/// That the customer wants marketing, or wants none. What was noted before stays in the
/// history.
#[utoipa::path(tag = "customers", request_body = SetConsentRequest, params(("id" = Uuid, Path)),
    responses((status = 200, body = FullCustomerResponse,
        headers(("ETag" = String, description = "Its version, for `If-Match`.")))))]
#[put("/customers/{id}/consent")]
pub(super) async fn set_consent(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
    Validated(request): Validated<SetConsentRequest>,
) -> Result<HttpResponse, Problem> {
    let state = match request.marketing {
        Decision::OptedIn => MarketingConsent::OptedIn,
        Decision::OptedOut => MarketingConsent::OptedOut,
    };
    let customer = application
        .customers
        .set_consent(&actor, id, state, request.source.into())
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(customer.customer.version))
        .json(FullCustomerResponse::from(customer)))
}

/// List a customer's consents
///
/// All that the customer has ever said of marketing, newest first.
#[utoipa::path(tag = "customers", params(("id" = Uuid, Path)),
    responses((status = 200, body = ListResponse<ConsentEntryResponse>)))]
#[get("/customers/{id}/consents")]
pub(super) async fn list_consents(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
    PathId(id): PathId<Customer>,
) -> Result<Json<ListResponse<ConsentEntryResponse>>, Problem> {
    let consents = application.customers.list_consents(&actor, id).await?;
    Ok(Json(ListResponse {
        data: consents
            .into_iter()
            .map(ConsentEntryResponse::from)
            .collect(),
        next_cursor: None,
        total: None,
    }))
}
