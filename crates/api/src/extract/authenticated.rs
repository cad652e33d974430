use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web::Data};
use application::{Actor, Application, Error};

use super::ClientInfo;
use crate::{middleware::count_organization, problem::Problem};

/// Whoever sent the request: its bearer token belongs to a living session.
pub(crate) struct Authenticated(pub(crate) Actor);

impl Authenticated {
    pub(crate) async fn of(request: &HttpRequest) -> Result<Self, Problem> {
        // The idempotency middleware may have asked already.
        if let Some(actor) = request.extensions().get::<Actor>() {
            return Ok(Self(actor.clone()));
        }
        let actor = application(request)?
            .auth
            .authenticate(bearer_token(request)?, ClientInfo::of(request).0)
            .await?;
        let span = tracing::Span::current();
        span.record("organization.id", actor.organization_id().to_string());
        span.record("user.id", actor.user_id().to_string());
        count_organization(request, &actor).await?;
        request.extensions_mut().insert(actor.clone());
        Ok(Self(actor))
    }
}

pub(crate) fn application(request: &HttpRequest) -> Result<&Data<Application>, Problem> {
    request
        .app_data::<Data<Application>>()
        .ok_or_else(|| Error::internal("the application is not part of the app's data").into())
}

fn bearer_token(request: &HttpRequest) -> Result<&str, Problem> {
    request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            Problem::from(Error::Unauthenticated {
                code: "unauthenticated",
                detail: "send the access token as `Authorization: Bearer …`",
            })
        })
}

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}
