//! Lists: pages asked for by a cursor, and answered with the next one.

mod sorted;

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use domain::page::{Page, PageRequest, Position, Window};
use garde::Validate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    extract::{parameters, read_query},
    problem::{Fault, Problem},
};

pub(crate) use sorted::{OrderedQuery, SortedQuery};

const DEFAULT_LIMIT: u32 = 25;

/// The query of a list: which page, and the list's own filters.
///
/// Handlers document it as `params(ListParameters, F)`.
pub(crate) struct ListQuery<F = NoFilter> {
    pub(crate) page: PageRequest,
    pub(crate) include_total: bool,
    pub(crate) filter: F,
}

/// For lists without filters.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFilter {}

/// What every list takes.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListParameters {
    /// Rows to answer; 25 if not given.
    #[garde(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[garde(skip)]
    cursor: Option<String>,
    /// `total` has the number of all rows counted.
    #[garde(skip)]
    #[param(inline)]
    include: Option<Include>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum Include {
    Total,
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListResponse<T> {
    pub(crate) data: Vec<T>,
    /// Leads to the next page; null on the last one.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
    /// How many rows there are in all, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<u64>,
}

impl<T> ListResponse<T> {
    pub(crate) fn new(page: Page<T>, total: Option<u64>) -> Self {
        Self {
            next_cursor: page.older.map(older_cursor),
            data: page.rows,
            total,
        }
    }
}

/// The cursor to what is older than this position.
pub(crate) fn older_cursor(position: Position) -> String {
    encode('o', position)
}

/// The cursor to what is newer than this position.
pub(crate) fn newer_cursor(position: Position) -> String {
    encode('n', position)
}

fn encode(direction: char, position: Position) -> String {
    let Position { at, id } = position;
    URL_SAFE_NO_PAD.encode(format!(
        "{direction}{}.{}",
        at.timestamp_micros(),
        id.simple()
    ))
}

fn decode(cursor: &str) -> Option<Window> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (at, id) = text.get(1..)?.split_once('.')?;
    let position = Position {
        at: DateTime::from_timestamp_micros(at.parse().ok()?)?,
        id: Uuid::try_parse(id).ok()?,
    };
    match text.chars().next()? {
        'o' => Some(Window::Before(position)),
        'n' => Some(Window::After(position)),
        _ => None,
    }
}

impl ListParameters {
    fn window(&self) -> Result<Window, Problem> {
        let Some(cursor) = &self.cursor else {
            return Ok(Window::Newest);
        };
        decode(cursor).ok_or_else(invalid_cursor)
    }
}

impl<F> ListQuery<F>
where
    F: DeserializeOwned + Validate<Context = ()>,
{
    fn parse(query: &str) -> Result<Self, Problem> {
        let (paging, filter) = parameters(query)?
            .into_iter()
            .partition(|(name, _)| matches!(name.as_str(), "limit" | "cursor" | "include"));
        let (paging, filter) = both(read_query::<ListParameters>(paging), read_query(filter))?;
        Ok(Self {
            page: PageRequest {
                window: paging.window()?,
                limit: paging.limit.unwrap_or(DEFAULT_LIMIT),
            },
            include_total: paging.include.is_some(),
            filter,
        })
    }
}

fn invalid_cursor() -> Problem {
    let detail = "is not a cursor that this list gave";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_cursor", detail).with_fault(Fault::new(
        "/cursor",
        "invalid_cursor",
        detail,
    ))
}

/// Both values, or the faults of both.
fn both<A, B>(a: Result<A, Problem>, b: Result<B, Problem>) -> Result<(A, B), Problem> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(a), Err(b)) => Err(a.and(b)),
        (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
    }
}

impl<F> FromRequest for ListQuery<F>
where
    F: DeserializeOwned + Validate<Context = ()>,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> Position {
        Position {
            at: DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap(),
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_cursor_leads_back_to_where_it_came_from() {
        assert_eq!(
            decode(&older_cursor(position())),
            Some(Window::Before(position()))
        );
        assert_eq!(
            decode(&newer_cursor(position())),
            Some(Window::After(position()))
        );
    }

    #[test]
    fn without_parameters_the_newest_25_are_asked_for() {
        let list = ListQuery::<NoFilter>::parse("").unwrap();
        assert_eq!(
            list.page,
            PageRequest {
                window: Window::Newest,
                limit: 25
            }
        );
        assert!(!list.include_total);
    }

    #[test]
    fn a_cursor_of_somebody_elses_making_is_refused() {
        for cursor in ["", "x", "b25vbnNlbnNl", "w6k"] {
            let problem = ListQuery::<NoFilter>::parse(&format!("cursor={cursor}"))
                .err()
                .unwrap();
            assert_eq!(problem.faults()[0].code, "invalid_cursor", "{cursor:?}");
        }
    }

    #[test]
    fn the_faults_of_paging_and_of_filters_come_together() {
        let problem = ListQuery::<NoFilter>::parse("limit=101&include=all&colour=red")
            .err()
            .unwrap();
        let mut pointers: Vec<_> = problem
            .faults()
            .iter()
            .map(|fault| &fault.pointer)
            .collect();
        pointers.sort();
        assert_eq!(pointers, ["/colour", "/include", "/limit"]);
    }
}
