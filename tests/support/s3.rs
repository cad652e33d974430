//! An S3 server in this process, which speaks the real protocol and can be stopped.

use std::net::SocketAddr;

use domain::id::Id;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use infrastructure::storage::S3Settings;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};
use url::Url;

pub const KEY: &str = "minioadmin";

pub struct S3Server {
    folder: TempDir,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl S3Server {
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let (address, serving) = serve(&folder, ([127, 0, 0, 1], 0).into()).await;
        Self {
            folder,
            address,
            serving,
        }
    }

    pub fn endpoint(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).unwrap()
    }

    /// Also ends the connections that are open.
    pub async fn go_down(&mut self) {
        self.serving.abort();
        assert!((&mut self.serving).await.unwrap_err().is_cancelled());
    }

    /// At the same address, with the same files.
    pub async fn come_back(&mut self) {
        (_, self.serving) = serve(&self.folder, self.address).await;
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// For a bucket of one test's own.
pub fn settings(endpoint: Url) -> S3Settings {
    S3Settings {
        endpoint,
        region: "us-east-1".into(),
        bucket: bucket_name(),
        access_key: KEY.into(),
        secret_key: KEY.into(),
        public_endpoint: None,
        public_url: Url::parse("http://localhost:8080").unwrap(),
    }
}

/// The server in this process makes file names of buckets and keys: they must not get long.
fn bucket_name() -> String {
    let id = Id::<S3Server>::generate().uuid().simple().to_string();
    format!("test-{}", &id[20..])
}

async fn serve(folder: &TempDir, address: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
    service.set_auth(SimpleAuth::from_single(KEY, KEY));
    let service = service.build();
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let server = auto::Builder::new(TokioExecutor::new());
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let connection = server.serve_connection(TokioIo::new(stream), service.clone());
            connections.spawn(connection.into_owned());
        }
    });
    (address, serving)
}
