//! The Graph API: one entry for all its paths, so that every request is recorded, whatever
//! becomes of it.

mod accounts;
mod answer;
mod blocks;
mod catalogs;
mod error;
mod files;
mod messages;
mod templates;
mod tokens;

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::{Data, Payload, Query},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Simulator, simulator::State};
use answer::Answer;
pub(crate) use error::GraphError;
pub(crate) use files::download;

/// The most bytes of a request: the largest document, and its wrapping.
const MAX_BODY: usize = 101 * 1024 * 1024;

/// A request to the Graph API.
#[derive(Clone, Debug, Serialize)]
pub struct RecordedRequest {
    pub method: String,
    /// As it was reached, with the version: `/v23.0/106540352242922/messages`.
    pub path: String,
    /// The JSON body; null if there was none.
    pub body: Value,
    /// The HTTP status of the answer; none if it never came.
    pub status: Option<u16>,
    pub at: DateTime<Utc>,
}

/// A request, taken apart.
struct Call {
    method: Method,
    /// The path from the version on.
    path: String,
    query: HashMap<String, String>,
    headers: header::HeaderMap,
    token: Option<String>,
    bytes: Bytes,
    /// The body as JSON, or null.
    body: Value,
}

impl Call {
    fn new(request: &HttpRequest, bytes: Bytes) -> Self {
        let query = Query::<HashMap<String, String>>::from_query(request.query_string());
        let info = request.match_info();
        Self {
            method: request.method().clone(),
            path: format!("/{}/{}", info.query("version"), info.query("path")),
            query: query.map(Query::into_inner).unwrap_or_default(),
            headers: request.headers().clone(),
            token: bearer(request),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        }
    }

    /// The parts of the path after the version.
    fn segments(&self) -> Vec<&str> {
        let parts = self.path.split('/').filter(|part| !part.is_empty());
        parts.skip(1).collect()
    }

    fn token(&self) -> Result<&str, GraphError> {
        self.token.as_deref().ok_or_else(|| GraphError::new(104))
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(request: &HttpRequest) -> Option<String> {
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let token = value.strip_prefix("Bearer ")?.trim();
    (!token.is_empty()).then(|| token.to_owned())
}

/// Answers a request to `/{version}/{path}`.
pub(crate) async fn handle(
    simulator: Data<Simulator>,
    request: HttpRequest,
    payload: Payload,
) -> actix_web::Result<HttpResponse> {
    let Ok(bytes) = payload.to_bytes_limited(MAX_BODY).await else {
        return Ok(HttpResponse::PayloadTooLarge().finish());
    };
    let call = Call::new(&request, bytes?);
    let answer = match simulator.answer(&call).await {
        Ok(answer) => answer,
        Err(error) => Answer::from(&error),
    };
    let usage = {
        let mut state = simulator.state();
        state.requests.push(RecordedRequest {
            method: call.method.to_string(),
            path: call.path.clone(),
            body: call.body.clone(),
            status: answer.status(),
            at: simulator.now(),
        });
        state.usage(&call)
    };
    simulator.answers_resumed().await;
    Ok(answer.into_response(&usage).await)
}

impl Simulator {
    async fn answer(&self, call: &Call) -> Result<Answer, GraphError> {
        let token = call.token()?;
        self.state().accounts.check_expiry(token, self.now())?;
        let (get, post, delete) = (
            call.method == Method::GET,
            call.method == Method::POST,
            call.method == Method::DELETE,
        );
        match call.segments().as_slice() {
            [number, "messages"] if post => self.messages_edge(number, token, &call.body).await,
            [number, "media"] if post => self.upload(number, token, call).await,
            [number, "whatsapp_business_profile"] if get => self.read_profile(number, token),
            [number, "whatsapp_commerce_settings"] if get => self.read_commerce(number, token),
            [number, "register" | "deregister"] if post => self.register(number, token),
            [account, "phone_numbers"] if get => self.list_numbers(account, token, call),
            [account, "subscribed_apps"] if get => self.list_subscribed_apps(account, token),
            [account, "subscribed_apps"] if post => self.subscribe(account, token, &call.body),
            [account, "subscribed_apps"] if delete => self.unsubscribe(account, token),
            [account, "message_templates"] if get => self.list_templates(account, token, call),
            [account, "product_catalogs"] if get => self.list_catalogs(account, token),
            [catalog, "products"] if get => self.list_products(catalog, token, call),
            [catalog, "items_batch"] if post => self.change_products(catalog, token, &call.body),
            [catalog, "check_batch_request_status"] if get => self.read_batch(catalog, token, call),
            [number, "block_users"] if get => self.list_blocked(number, token),
            [number, "block_users"] if post || delete => {
                self.change_blocked(number, token, &call.body, post)
            }
            [number, "smb_app_data"] if post => self.request_sync(number, token, &call.body),
            ["debug_token"] if get => self.debug_token(token, call),
            [id] if get => self.read_object(id, token, call),
            [id] if delete => self.delete_media(id, token, call),
            _ => Err(GraphError::new(100)
                .with_details(format!("{} {} is not simulated", call.method, call.path))),
        }
    }

    async fn answers_resumed(&self) {
        let mut paused = self.inner.answers_paused.subscribe();
        // The sender lives in `self`, so that waiting cannot fail.
        let _ = paused.wait_for(|paused| !paused).await;
    }
}

impl State {
    /// The value of `x-business-use-case-usage`, in which a busy account would see its limits
    /// come near. This one is never busy.
    fn usage(&self, call: &Call) -> String {
        let id = call.segments().first().copied().unwrap_or_default();
        let account = match self.accounts.number(id) {
            Some(number) => &number.business_account_id,
            None => id,
        };
        json!({account: [{
            "type": "whatsapp_business_management",
            "call_count": 1,
            "total_cputime": 1,
            "total_time": 1,
            "estimated_time_to_regain_access": 0,
        }]})
        .to_string()
    }
}
