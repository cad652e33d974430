//! The Redis of the tests, and ways to have it fail.

use std::{env, sync::Arc};

use domain::id::Id;
use infrastructure::redis::Redis;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use url::Url;

fn url() -> Url {
    let url = env::var("TEST_REDIS_URL").unwrap_or("redis://127.0.0.1:6379".into());
    url.parse().unwrap()
}

/// With keys and channels of its own.
pub(crate) fn redis() -> Arc<Redis> {
    connect(&url(), &any_namespace())
}

pub(crate) fn any_namespace() -> String {
    format!("test-{}", Id::<Redis>::generate())
}

fn connect(url: &Url, namespace: &str) -> Arc<Redis> {
    Arc::new(Redis::new(&url.to_string().into(), namespace).unwrap())
}

/// A way to Redis that can be cut and mended.
pub(crate) struct Cable {
    port: u16,
    task: Option<JoinHandle<()>>,
}

impl Cable {
    pub(crate) async fn plugged() -> Self {
        let mut cable = Self {
            port: 0,
            task: None,
        };
        cable.mend().await;
        cable
    }

    pub(crate) fn redis(&self, namespace: &str) -> Arc<Redis> {
        let mut url = url();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        connect(&url, namespace)
    }

    pub(crate) async fn mend(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let target = url();
        let target = (
            target.host_str().unwrap().to_owned(),
            target.port().unwrap_or(6379),
        );
        self.task = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = TcpStream::connect(&target).await.unwrap();
                connections.spawn(async move { copy_bidirectional(&mut near, &mut far).await });
            }
        }));
    }

    /// Breaks all connections, and refuses new ones.
    pub(crate) async fn cut(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
    }
}
