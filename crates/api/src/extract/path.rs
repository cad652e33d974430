use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::id::Id;

use crate::problem::Problem;

/// The id in a path. One that cannot be an id belongs to nothing: 404.
pub(crate) struct PathId<T>(pub(crate) Id<T>);

/// The two ids in a path, outer one first.
pub(crate) struct PathIds<A, B>(pub(crate) Id<A>, pub(crate) Id<B>);

fn id<T>(request: &HttpRequest, index: usize) -> Result<Id<T>, Problem> {
    let segment = request.match_info().iter().nth(index);
    segment
        .and_then(|(_, text)| text.parse().ok())
        .ok_or_else(|| Problem::not_found("resource"))
}

impl<T> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(id(request, 0).map(Self))
    }
}

impl<A, B> FromRequest for PathIds<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let ids = id(request, 0).and_then(|outer| Ok(Self(outer, id(request, 1)?)));
        ready(ids)
    }
}
