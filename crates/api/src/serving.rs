//! The HTTP server: how long it waits for clients, and when it cuts them off.

use std::{
    cell::Cell,
    io,
    net::TcpListener,
    num::NonZero,
    pin::Pin,
    task::{Context, Poll, ready},
    thread,
    time::Duration,
};

use actix_http::{HttpService, error::DispatchError};
use actix_server::Server;
use actix_service::{Service, ServiceFactoryExt, apply_fn_factory, map_config};
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::AppConfig,
    rt::net::TcpStream,
    web::{Bytes, ServiceConfig},
};
use application::Application;
use tokio::{
    task_local,
    time::{Instant, sleep_until},
};

use crate::{ApiSettings, app};

const CONNECTIONS: usize = 8192;

/// How long a client may take to close a connection that the server has ended.
const CLIENTS_LEAVE_WITHIN: Duration = Duration::from_secs(1);

/// How long requests may go on after the server was told to stop.
const REQUESTS_END_WITHIN_SECONDS: u64 = 3;

/// How long clients may take. Whoever opens many connections and does next to nothing with them
/// would keep out everybody else.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the head of the first request.
    pub head: Duration,
    /// For a whole body.
    pub body: Duration,
    /// For the whole body of an upload.
    pub upload: Duration,
    /// Until the next request over the same connection. Longer than proxies keep theirs, so
    /// that none sends a request into a connection that is just being closed.
    pub idle: Duration,
    /// While nothing moves: no request has come whole, no part of a body, and nothing more of
    /// an answer was taken. Longer than `idle`, than handlers take, and than there is between
    /// the pings of a WebSocket.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            upload: Duration::from_mins(5),
            idle: Duration::from_secs(75),
            stall: Duration::from_mins(2),
        }
    }
}

/// Serves the API, and what is configured beside it. The same in the program and in tests.
///
/// As actix's `HttpServer` would, which has no place for what cuts off a connection.
pub fn serve(
    listener: TcpListener,
    application: &Application,
    settings: &ApiSettings,
    beside: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Server> {
    let patience = settings.patience;
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = settings.threads.unwrap_or(cores);
    let connections = settings.connections.unwrap_or(CONNECTIONS);
    let (application, settings) = (application.clone(), settings.clone());
    let server = Server::build()
        .workers(threads)
        .max_concurrent_connections(connections.div_ceil(threads))
        .shutdown_timeout(REQUESTS_END_WITHIN_SECONDS)
        .disable_signals();
    let stop = server.graceful_shutdown_signal();
    let address = listener.local_addr()?;
    let server = server.listen("api", listener, move || {
        let app = app(application.clone(), settings.clone()).configure(beside.clone());
        let app = map_config(app, |()| AppConfig::default());
        let stop = stop.clone();
        let http = HttpService::build()
            .client_request_timeout(patience.head)
            .client_disconnect_timeout(CLIENTS_LEAVE_WITHIN)
            .keep_alive(patience.idle)
            .local_addr(address)
            .graceful_shutdown_signal(move || {
                let stop = stop.clone();
                async move { stop.notified().await }
            })
            .finish(app.map_err(|error| error.error_response()))
            .tcp();
        apply_fn_factory(http, move |stream: TcpStream, http| {
            cut_off(http.call(stream), patience.stall)
        })
    })?;
    Ok(server.run())
}

task_local! {
    /// When something moved on the connection that this task serves.
    static MOVED: Cell<Instant>;
}

/// Drops the connection once nothing has moved for this long. The server itself limits the head
/// of the first request and the pause between two, but neither the head of a second one, nor
/// the rest of a body that nobody reads, nor an answer that is not fetched.
fn cut_off(
    connection: impl Future<Output = Result<(), DispatchError>>,
    patience: Duration,
) -> impl Future<Output = Result<(), DispatchError>> {
    // Else each layer around it would have room for it of its own.
    let connection = Box::pin(connection);
    let stalled = async move {
        loop {
            let end = MOVED.with(Cell::get) + patience;
            if end <= Instant::now() {
                break;
            }
            sleep_until(end).await;
        }
    };
    let served = async move {
        tokio::select! {
            biased;
            served = connection => served,
            () = stalled => Ok(()),
        }
    };
    MOVED.scope(Cell::new(Instant::now()), served)
}

/// That something moves on the connection that this task serves.
pub(crate) fn note_progress() {
    // Where no connection is served, as in tests, nobody waits for it.
    let _ = MOVED.try_with(|moved| moved.set(Instant::now()));
}

/// The same body, which tells that its parts are taken. Those that fit into the server's
/// buffer are taken at once.
pub(crate) fn noting_progress(body: BoxBody) -> BoxBody {
    const BUFFERED: u64 = 32 << 10;
    match body.size() {
        BodySize::None | BodySize::Sized(..=BUFFERED) => body,
        BodySize::Sized(_) | BodySize::Stream => BoxBody::new(Taken(body)),
    }
}

/// A body whose parts are noted when they are taken.
struct Taken(BoxBody);

impl MessageBody for Taken {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.0.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let part = ready!(Pin::new(&mut self.0).poll_next(context));
        note_progress();
        Poll::Ready(part)
    }
}
