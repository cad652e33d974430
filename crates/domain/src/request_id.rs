//! The id of the request being served, which follows into the logs and the jobs that it
//! sets off.

use std::future::Future;

tokio::task_local! {
    static CURRENT: String;
}

/// Runs a future, and whatever it awaits, as part of this request.
pub async fn within<F: Future>(request_id: String, future: F) -> F::Output {
    CURRENT.scope(request_id, future).await
}

/// The request of which the calling task is a part, if it is part of one.
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}
