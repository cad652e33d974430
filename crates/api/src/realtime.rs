//! Events as they happen, over a WebSocket.

mod frame;
mod presence;
mod socket;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Payload},
};
use application::Application;
use garde::Validate;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    extract::{Authenticated, ClientInfo, ValidatedQuery},
    problem::Problem,
};

pub(crate) fn configure(services: &mut ServiceConfig) {
    services.service(issue_ticket).service(watch);
}

/// Lets a browser open one WebSocket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TicketResponse {
    ticket: String,
    /// Seconds.
    #[schema(example = 30)]
    expires_in: u64,
}

/// Ask for a ticket
///
/// It opens one WebSocket.
#[utoipa::path(tag = "realtime", responses((status = 201, body = TicketResponse)))]
#[post("/realtime/tickets")]
async fn issue_ticket(
    application: Data<Application>,
    Authenticated(actor): Authenticated,
) -> Result<HttpResponse, Problem> {
    let ticket = application.realtime.issue_ticket(&actor).await?;
    Ok(HttpResponse::Created().json(TicketResponse {
        ticket: ticket.secret.expose_secret().to_owned(),
        expires_in: ticket.expires_in.as_secs(),
    }))
}

#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WatchParameters {
    #[garde(skip)]
    #[serde(default)]
    ticket: String,
    /// The `seq` of the last frame seen: what has happened since is told first.
    #[garde(range(min = 0))]
    after: Option<i64>,
}

/// Watch what happens
///
/// Upgrades to a WebSocket. Each frame is JSON with `seq`, `type`, `occurredAt` and `data`;
/// `seq` counts the organization's events, and frames come in its order, though not every
/// number has one. A client that was cut off comes back with the last `seq` as `after` and
/// misses nothing; if that is too long ago, the frame `{"type": "resync", "seq": …}` asks it
/// to fetch everything afresh. It comes also to agents who see other chats than before.
///
/// | type | data |
/// |---|---|
/// | `message.received`, `message.queued`, `message.updated` | `chatId`, `messageId`, `message` |
/// | `message.status` | `chatId`, `messageId`, `status`, `wamid`, `error` |
/// | `chat.created`, `chat.updated` | `chatId`, `chat` |
/// | `chat.merged` | `chatId`, `intoChatId` |
/// | `chat.hidden` | `chatId`: a colleague has it now, and you do not see it any more |
/// | `customer.created`, `customer.updated` | `customerId`, `customer` |
/// | `account.status` | `accountId`, `status`, `reason` |
/// | `account.history` | `accountId`, `status`, `phase`, `progress`: a chunk of what was written before was taken in, silently |
///
/// Frames without `seq` tell what holds for a moment, and are not told again:
///
/// | type | data |
/// |---|---|
/// | `presence` | `all`, `agents`: each with `id`, `firstName`, `lastName`, `online`, `viewing` (ids of chats) |
/// | `typing` | `chatId`, `agent`: `id`, `firstName`, `lastName`; `typing` |
///
/// A socket begins with a `presence` whose `all` is true: nobody else is online, and nobody
/// types of whom no `typing` follows. It may come again. Then each `presence` tells of those
/// who have changed. An agent is told once, with all tabs; you are not told that you type.
///
/// The client may send `{"type": "ping"}` and gets `{"type": "pong"}`. With `{"type":
/// "typing", "chatId": …}`, every few seconds while somebody types, the colleagues see so,
/// for six seconds or until the message is sent; `POST /api/chats/{chatId}/typing` shows it
/// to the customer as well. With `{"type": "viewing", "chatId": … or null}` they see which
/// chat is open in this tab. What cannot be done is answered with a frame `error` with
/// `code` and `detail`.
///
/// The socket is closed
/// with 4401 when the session ends, with 4408 when the client reads too slowly, with 1009
/// after a frame of more than 4 KB, and with 1001 when the server stops.
#[utoipa::path(tag = "realtime", params(WatchParameters), security(()),
    responses((status = 101, description = "The WebSocket is open."),
        (status = 400, description = "Not a WebSocket handshake."),
        (status = 401, description = "The ticket is unknown, used or expired.")))]
#[get("/realtime")]
async fn watch(
    application: Data<Application>,
    request: HttpRequest,
    body: Payload,
    ClientInfo(client): ClientInfo,
    ValidatedQuery(parameters): ValidatedQuery<WatchParameters>,
) -> Result<HttpResponse, actix_web::Error> {
    let realtime = &application.realtime;
    let actor = realtime
        .redeem_ticket(&parameters.ticket, client)
        .await
        .map_err(Problem::from)?;
    let watch = realtime
        .watch(&actor, parameters.after)
        .await
        .map_err(Problem::from)?;
    let (response, session, incoming) = actix_ws::handle(&request, body)?;
    actix_web::rt::spawn(socket::run(watch, session, incoming));
    Ok(response)
}
