//! The HTTP server: how long it waits for clients, and when it cuts them off.

use std::{
    any::Any,
    io,
    net::{Shutdown, TcpListener},
    num::NonZero,
    pin::Pin,
    task::{Context, Poll, ready},
    thread,
    time::Duration,
};

use actix_web::{
    HttpServer,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Extensions, Server},
    rt::net::TcpStream,
    web::{Bytes, ServiceConfig},
};
use application::Application;
use socket2::SockRef;
use tokio::{sync::watch, time::timeout};

use crate::{ApiSettings, app};

/// File descriptors that a connection holds.
pub const DESCRIPTORS_PER_CONNECTION: usize = 2;
const CONNECTIONS: usize = 8192;

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
    let server = HttpServer::new(move || {
        app(application.clone(), settings.clone()).configure(beside.clone())
    });
    let server = server
        .workers(threads)
        .client_request_timeout(patience.head)
        .keep_alive(patience.idle)
        .max_connections(connections.div_ceil(threads))
        .on_connect(move |io, connection| watch(io, connection, patience.stall))
        .shutdown_timeout(REQUESTS_END_WITHIN_SECONDS)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// That something moves on a connection. Belongs to its data.
#[derive(Clone)]
pub(crate) struct Progress(watch::Sender<()>);

impl Default for Progress {
    /// For connections that nobody watches.
    fn default() -> Self {
        Self(watch::Sender::new(()))
    }
}

/// Cuts the connection once nothing has moved for this long. The server itself limits the head
/// of the first request and the pause between two, but neither the head of a second one, nor
/// the rest of a body that nobody reads, nor an answer that is not fetched.
fn watch(io: &dyn Any, connection: &mut Extensions, patience: Duration) {
    let Some(stream) = io.downcast_ref::<TcpStream>() else {
        return;
    };
    let socket = match SockRef::from(stream).try_clone() {
        Ok(socket) => socket,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a connection is not watched"
            );
            return;
        }
    };
    let progress = Progress::default();
    let mut moves = progress.0.subscribe();
    connection.insert(progress);
    actix_web::rt::spawn(async move {
        loop {
            match timeout(patience, moves.changed()).await {
                Ok(Ok(())) => {}
                // The connection is closed.
                Ok(Err(_)) => break,
                Err(_) => {
                    // It fails if the client has closed it meanwhile.
                    let _ = socket.shutdown(Shutdown::Both);
                    break;
                }
            }
        }
    });
}

impl Progress {
    pub(crate) fn note(&self) {
        self.0.send_replace(());
    }

    /// The same body, which tells that its parts are taken. Those that fit into the server's
    /// buffer are taken at once.
    pub(crate) fn of_body(self, body: BoxBody) -> BoxBody {
        const BUFFERED: u64 = 32 << 10;
        match body.size() {
            BodySize::None | BodySize::Sized(..=BUFFERED) => body,
            BodySize::Sized(_) | BodySize::Stream => BoxBody::new(Taken {
                body,
                progress: self,
            }),
        }
    }
}

/// A body whose parts are noted when they are taken.
struct Taken {
    body: BoxBody,
    progress: Progress,
}

impl MessageBody for Taken {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let part = ready!(Pin::new(&mut self.body).poll_next(context));
        self.progress.note();
        Poll::Ready(part)
    }
}
