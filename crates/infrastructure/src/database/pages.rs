//! Keyset pages in SQL.

use domain::page::{PageRequest, Position, Window};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
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

fn pair(position: Position) -> Expr {
    Expr::tuple([Expr::val(position.at), Expr::val(position.id)])
}
