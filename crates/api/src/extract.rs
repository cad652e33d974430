//! What handlers take from a request, checked. Whatever is wrong is answered as a
//! [`Problem`](crate::problem::Problem).

mod authenticated;
mod body;
mod client;
mod faults;
mod if_match;
mod multipart;
mod path;
mod query;

pub(crate) use authenticated::{Authenticated, application};
pub(crate) use body::{RawBody, Validated, ValidatedOrDefault, read_body};
pub(crate) use client::ClientInfo;
pub(crate) use faults::{fault, is_name, present};
pub(crate) use if_match::{IfMatch, etag};
pub(crate) use multipart::{Fields, Form, JsonOrForm, StreamedForm, body_limit};
pub(crate) use path::{PathId, PathIds};
pub(crate) use query::{ValidatedQuery, parameters, read_json_parameter, read_query};
