//! Lists that can be put in several orders.

use std::{
    fmt::Display,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use domain::page::{Place, SortKey, SortedPage, SortedRequest};
use garde::Validate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{DEFAULT_LIMIT, ListParameters, ListResponse, both, invalid_cursor};
use crate::{
    extract::{parameters, read_query},
    problem::Problem,
};

/// The query of a list with several orders: `sort` is a field, or one after `-` for the other
/// direction.
///
/// Handlers document it as `params(ListParameters, F)`, and `sort` themselves.
pub(crate) struct SortedQuery<F, S> {
    pub(crate) page: SortedRequest<S>,
    pub(crate) include_total: bool,
    pub(crate) filter: F,
}

/// What a list is in if nobody asks: the newest first.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields, bound = "S: DeserializeOwned")]
struct SortParameter<S> {
    #[garde(skip)]
    #[serde(default = "none")]
    sort: Option<Order<S>>,
}

/// As `SortedQuery`, of what is answered whole.
///
/// Handlers document it as `params(F)`, and `sort` themselves.
pub(crate) struct OrderedQuery<F, S> {
    pub(crate) sort: S,
    pub(crate) descending: bool,
    pub(crate) filter: F,
}

impl<S: Default> SortParameter<S> {
    fn order(self) -> Order<S> {
        self.sort.unwrap_or(Order {
            field: S::default(),
            descending: true,
        })
    }
}

fn none<T>() -> Option<T> {
    None
}

/// A field, and whether the greatest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order<S> {
    field: S,
    descending: bool,
}

impl<'de, S: DeserializeOwned> Deserialize<'de> for Order<S> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let field = text.strip_prefix('-');
        let name = field.unwrap_or(&text);
        Ok(Self {
            field: S::deserialize(serde::de::value::StrDeserializer::new(name))?,
            descending: field.is_some(),
        })
    }
}

/// What a cursor holds. One of another order leads nowhere.
#[derive(Serialize, Deserialize)]
struct Cursor {
    order: String,
    key: Key,
    id: Uuid,
}

#[derive(Serialize, Deserialize)]
enum Key {
    #[serde(rename = "t")]
    Time(i64),
    #[serde(rename = "n")]
    Number(i64),
    #[serde(rename = "s")]
    Text(String),
}

impl<T> ListResponse<T> {
    pub(crate) fn sorted<S: Serialize>(
        page: SortedPage<T>,
        request: &SortedRequest<S>,
        total: Option<u64>,
    ) -> Self {
        let next = page.next;
        Self {
            data: page.rows,
            next_cursor: next.map(|place| encode(order(request), place)),
            total,
        }
    }
}

fn order<S: Serialize>(request: &SortedRequest<S>) -> String {
    let field = serde_json::to_value(&request.sort).unwrap_or_default();
    let sign = if request.descending { "-" } else { "" };
    format!("{sign}{}", field.as_str().unwrap_or_default())
}

fn encode(order: impl Display, place: Place) -> String {
    let key = match place.key {
        SortKey::Time(at) => Key::Time(at.timestamp_micros()),
        SortKey::Number(number) => Key::Number(number),
        SortKey::Text(text) => Key::Text(text),
    };
    let cursor = Cursor {
        order: order.to_string(),
        key,
        id: place.id,
    };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
}

fn decode(order: &str, cursor: &str) -> Option<Place> {
    let cursor = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let cursor: Cursor = serde_json::from_slice(&cursor).ok()?;
    if cursor.order != order {
        return None;
    }
    let key = match cursor.key {
        Key::Time(at) => SortKey::Time(DateTime::from_timestamp_micros(at)?),
        Key::Number(number) => SortKey::Number(number),
        // No database would take it.
        Key::Text(text) if text.contains('\0') => return None,
        Key::Text(text) => SortKey::Text(text),
    };
    Some(Place { key, id: cursor.id })
}

/// A list that has facets has a field `include` in its filter, which takes this.
const FACETS: &str = "facets";

/// `include` names several things with commas between them.
fn each_include((name, value): (String, String)) -> Vec<(String, String)> {
    if name != "include" {
        return vec![(name, value)];
    }
    let mut values: Vec<_> = value.split(',').collect();
    values.sort_unstable();
    values.dedup();
    let each = values.into_iter();
    each.map(|value| (name.clone(), value.to_owned())).collect()
}

impl<F, S> SortedQuery<F, S>
where
    F: DeserializeOwned + Validate<Context = ()>,
    S: Default + Serialize + DeserializeOwned,
{
    fn parse(query: &str) -> Result<Self, Problem> {
        let (paging, others): (Vec<_>, Vec<_>) = parameters(query)?
            .into_iter()
            .flat_map(each_include)
            .partition(|(name, value)| match name.as_str() {
                "limit" | "cursor" => true,
                "include" => value != FACETS,
                _ => false,
            });
        let (sort, filter) = others.into_iter().partition(|(name, _)| name == "sort");
        let paging = read_query::<ListParameters>(paging);
        let sort = read_query::<SortParameter<S>>(sort);
        let (paging, (sort, filter)) = both(paging, both(sort, read_query(filter)))?;
        let order_asked = sort.order();
        let mut page = SortedRequest {
            sort: order_asked.field,
            descending: order_asked.descending,
            after: None,
            limit: paging.limit.unwrap_or(DEFAULT_LIMIT),
        };
        if let Some(cursor) = &paging.cursor {
            let place = decode(&order(&page), cursor);
            page.after = Some(place.ok_or_else(invalid_cursor)?);
        }
        Ok(Self {
            page,
            include_total: paging.include.is_some(),
            filter,
        })
    }
}

impl<F, S> FromRequest for SortedQuery<F, S>
where
    F: DeserializeOwned + Validate<Context = ()>,
    S: Default + Serialize + DeserializeOwned,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

impl<F, S> FromRequest for OrderedQuery<F, S>
where
    F: DeserializeOwned + Validate<Context = ()>,
    S: Default + DeserializeOwned,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parameters(request.query_string()).and_then(|parameters| {
            let (sort, filter) = parameters.into_iter().partition(|(name, _)| name == "sort");
            let sort = read_query::<SortParameter<S>>(sort);
            let (sort, filter) = both(sort, read_query(filter))?;
            let order = sort.order();
            Ok(Self {
                sort: order.field,
                descending: order.descending,
                filter,
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::NoFilter, *};

    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Sort {
        #[default]
        CreatedAt,
        Name,
    }

    fn parse(query: &str) -> Result<SortedRequest<Sort>, Vec<(String, String)>> {
        let parsed = SortedQuery::<NoFilter, Sort>::parse(query);
        parsed.map(|query| query.page).map_err(|problem| {
            let faults = problem.faults().iter();
            faults
                .map(|fault| (fault.pointer.clone(), fault.code.to_string()))
                .collect()
        })
    }

    #[test]
    fn the_newest_come_first_unless_another_order_is_asked_for() {
        let page = parse("").unwrap();
        assert_eq!((page.sort, page.descending), (Sort::CreatedAt, true));
        let page = parse("sort=name").unwrap();
        assert_eq!((page.sort, page.descending), (Sort::Name, false));
        let refused = parse("sort=-colour&limit=0&size=1").unwrap_err();
        let pointers: Vec<_> = refused.iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, ["/limit", "/sort", "/size"]);
    }

    #[test]
    fn a_cursor_leads_on_in_its_own_order_alone() {
        for key in [
            SortKey::Text("é".into()),
            SortKey::Number(-7),
            SortKey::Time(DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap()),
        ] {
            let place = Place {
                key,
                id: Uuid::from_u128(7),
            };
            let cursor = encode("-name", place.clone());
            let page = parse(&format!("sort=-name&cursor={cursor}")).unwrap();
            assert_eq!(page.after, Some(place));
            for other in ["sort=name&", "", "sort=-createdAt&"] {
                let refused = parse(&format!("{other}cursor={cursor}")).unwrap_err();
                assert_eq!(refused[0].1, "invalid_cursor", "{other}");
            }
        }
    }
}
