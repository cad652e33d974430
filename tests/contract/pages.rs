//! Lists, page by page.

use std::fmt::Debug;

use domain::page::{Page, PageRequest, Window};

/// Small, so that rows of equal times stand on different pages.
const LIMIT: u32 = 3;

/// All rows of a list of more than one page, as one meets them going down; going up again
/// from the last page, one must meet the same.
pub(crate) async fn walk<T: Clone + Debug + PartialEq>(
    list: impl AsyncFn(PageRequest) -> Page<T>,
) -> Vec<T> {
    let turn = async |window| {
        let limit = LIMIT;
        list(PageRequest { window, limit }).await
    };
    let mut page = turn(Window::Newest).await;
    assert_eq!(page.newer, None);
    let mut down = page.rows.clone();
    while let Some(older) = page.older {
        page = turn(Window::Before(older)).await;
        down.extend(page.rows.clone());
    }
    let mut up = page.rows.clone();
    while let Some(newer) = page.newer {
        page = turn(Window::After(newer)).await;
        up.splice(0..0, page.rows.clone());
    }
    assert_eq!(up, down);
    assert!(down.len() > LIMIT as usize, "a list of one page: {down:?}");
    down
}
