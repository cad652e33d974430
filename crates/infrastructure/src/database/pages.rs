//! Keyset pages in SQL.

use chrono::{DateTime, TimeDelta, Utc};
use domain::page::{PageRequest, Place, Position, SortKey, SortedRequest, Window};
use sea_orm::{
    ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType},
};

/// Narrows to the window, in the order of its direction, and to one row more than the limit.
pub(super) fn window<E: EntityTrait>(
    select: Select<E>,
    at: E::Column,
    id: E::Column,
    request: PageRequest,
) -> Select<E> {
    // Compared as a pair, which both databases answer from an index that ends in the pair.
    let place = Expr::tuple([at.into_expr(), id.into_expr()]);
    let select = select.limit(u64::from(request.limit) + 1);
    match request.window {
        Window::Newest => select.order_by_desc(at).order_by_desc(id),
        Window::Before(position) => select
            .filter(place.lt(pair(position)))
            .order_by_desc(at)
            .order_by_desc(id),
        Window::After(position) => select
            .filter(place.gt(pair(position)))
            .order_by_asc(at)
            .order_by_asc(id),
    }
}

/// The ids of the rows that `window` would find if these lists, at least one, were one. Each is
/// read by its index, and no further than it may be needed.
pub(super) fn ids_in_window<E: EntityTrait>(
    lists: Vec<Select<E>>,
    at: E::Column,
    id: E::Column,
    request: PageRequest,
) -> SelectStatement {
    let of_each = lists.into_iter().map(|list| {
        let list = list.select_only().column(at).column(id);
        let rows = window(list, at, id, request).into_query();
        let mut places = Query::select();
        places.column(at).column(id).from_subquery(rows, "found");
        places
    });
    let of_all = of_each.reduce(|mut all, one| {
        all.union(UnionType::All, one);
        all
    });
    let order = match request.window {
        Window::Newest | Window::Before(_) => Order::Desc,
        Window::After(_) => Order::Asc,
    };
    Query::select()
        .column(id)
        .from_subquery(of_all.unwrap_or_default(), "found")
        .order_by(at, order.clone())
        .order_by(id, order)
        .limit(u64::from(request.limit) + 1)
        .to_owned()
}

/// The same of a list that can be put in several orders; `key` is the column of this one.
pub(super) fn sorted<E: EntityTrait, S>(
    select: Select<E>,
    key: E::Column,
    id: E::Column,
    request: &SortedRequest<S>,
) -> Select<E> {
    let select = match beyond(key, id, request) {
        Some(beyond) => select.filter(beyond),
        None => select,
    };
    first(select, key.into_expr(), id.into_expr(), request)
}

/// The first rows in the order of the request, one more than the limit.
pub(super) fn first<E: EntityTrait, S>(
    select: Select<E>,
    key: Expr,
    id: Expr,
    request: &SortedRequest<S>,
) -> Select<E> {
    let order = if request.descending {
        Order::Desc
    } else {
        Order::Asc
    };
    let limit = u64::from(request.limit) + 1;
    let select = select.order_by(key, order.clone()).order_by(id, order);
    select.limit(limit)
}

/// That a row comes after the page before; none for the first page.
pub(super) fn beyond<C: ColumnTrait, S>(key: C, id: C, request: &SortedRequest<S>) -> Option<Expr> {
    let place = Expr::tuple([key.into_expr(), id.into_expr()]);
    let after = pair_of(request.after.as_ref()?);
    Some(if request.descending {
        place.lt(after)
    } else {
        place.gt(after)
    })
}

fn pair_of(place: &Place) -> Expr {
    let key = match &place.key {
        SortKey::Time(at) => Expr::val(within_the_calendar(*at)),
        SortKey::Number(number) => Expr::val(*number),
        SortKey::Text(text) => Expr::val(text.as_str()),
    };
    Expr::tuple([key, Expr::val(place.id)])
}

fn pair(position: Position) -> Expr {
    let at = within_the_calendar(position.at);
    Expr::tuple([Expr::val(at), Expr::val(position.id)])
}

/// A time that a client named, in the years that both databases write alike.
pub(super) fn within_the_calendar(at: DateTime<Utc>) -> DateTime<Utc> {
    const YEAR_10_000: DateTime<Utc> = DateTime::from_timestamp_secs(253_402_300_800).unwrap();
    at.clamp(
        DateTime::UNIX_EPOCH,
        YEAR_10_000 - TimeDelta::microseconds(1),
    )
}
