//! How a simulator is reached: mounted in another actix-web application, or by itself.

use std::{io, net::SocketAddr};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    web::{self, Data},
};
use url::Url;

use crate::{Simulator, control, graph};

/// A simulator with an HTTP server of its own. It goes on until it is stopped, also when this is
/// dropped.
pub struct RunningSimulator {
    simulator: Simulator,
    handle: ServerHandle,
    url: Url,
}

impl RunningSimulator {
    /// Where it is reached: the base of the Graph API, and the page.
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Stops at once: requests under way are cut off.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

impl Simulator {
    /// Mounts the simulator: the Graph API at `/v23.0/...` (any version), media at
    /// `/media-files/...`, the page at the scope itself, and the page's API at `/api/...`.
    ///
    /// Use it as `web::scope("/dev/meta").configure(simulator.configure())`.
    pub fn configure(&self) -> impl Fn(&mut web::ServiceConfig) + Clone + use<> {
        let data = Data::new(self.clone());
        move |config| {
            config
                .app_data(data.clone())
                .service(web::resource(r"/{version:v\d+\.\d+}/{path:.*}").to(graph::handle))
                .service(web::resource("/media-files/{id}").get(graph::download))
                .configure(control::configure);
        }
    }

    /// Serves the simulator alone. With port 0 it gets any free port, and media URLs lead there
    /// instead of to the `public_url` of the settings.
    #[expect(
        clippy::unused_async,
        reason = "it needs a runtime, and says so by being async"
    )]
    pub async fn start(self, bind: (&str, u16)) -> io::Result<RunningSimulator> {
        let configure = self.configure();
        let server = HttpServer::new(move || App::new().configure(configure.clone()))
            .workers(1)
            .disable_signals()
            .bind(bind)?;
        let address = server.addrs().first().copied();
        let address = address.ok_or_else(|| io::Error::other("no address was bound"))?;
        let url = url_of(address)?;
        if bind.1 == 0 {
            self.state().public_url = url.clone();
        }
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the simulator's server failed");
            }
        });
        Ok(RunningSimulator {
            simulator: self,
            handle,
            url,
        })
    }
}

fn url_of(address: SocketAddr) -> io::Result<Url> {
    Url::parse(&format!("http://{address}")).map_err(io::Error::other)
}
