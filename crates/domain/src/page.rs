//! Keyset pages: stable while rows are inserted, and as fast on the last page as on the first.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Where a row stands in a list that is ordered by a time and, among equals, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

/// Which rows of a list, newest first, are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    Newest,
    /// Older than the row at this position.
    Before(Position),
    /// Newer than the row at this position: those next to it, not the newest of all.
    After(Position),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    pub window: Window,
    /// At least 1.
    pub limit: u32,
}

/// Rows, newest first, and where to go on in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// The last row's position, if there are older rows.
    pub older: Option<Position>,
    /// The first row's position, if there are newer rows.
    pub newer: Option<Position>,
}

impl<T> Page<T> {
    /// Makes the page from rows that were fetched in the order of the request's direction,
    /// one more than its limit, so that the surplus row tells whether there are further ones.
    pub fn from_fetched(
        mut fetched: Vec<T>,
        request: PageRequest,
        position: impl Fn(&T) -> Position,
    ) -> Self {
        let limit = request.limit as usize;
        let further = fetched.len() > limit;
        fetched.truncate(limit);
        let (has_older, has_newer) = match request.window {
            Window::Newest => (further, false),
            Window::Before(_) => (further, true),
            Window::After(_) => {
                fetched.reverse();
                (true, further)
            }
        };
        let older = fetched.last().filter(|_| has_older).map(&position);
        let newer = fetched.first().filter(|_| has_newer).map(&position);
        Self {
            rows: fetched,
            older,
            newer,
        }
    }

    /// Makes the page from rows of several lists, of each of which as many were fetched as if
    /// it were the only one.
    pub fn from_lists(
        mut fetched: Vec<T>,
        request: PageRequest,
        position: impl Fn(&T) -> Position,
    ) -> Self {
        fetched.sort_by_key(&position);
        if !matches!(request.window, Window::After(_)) {
            fetched.reverse();
        }
        Self::from_fetched(fetched, request, position)
    }

    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(convert).collect(),
            older: self.older,
            newer: self.newer,
        }
    }
}

/// What rows are put in order by, whichever it is in a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    Time(DateTime<Utc>),
    Number(i64),
    Text(String),
}

/// Where a row stands in a list that can be put in several orders.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub key: SortKey,
    pub id: Uuid,
}

/// Which rows of such a list are wanted; among equals, they are in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedRequest<S> {
    pub sort: S,
    pub descending: bool,
    /// Those that come after the row at this place.
    pub after: Option<Place>,
    /// At least 1.
    pub limit: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedPage<T> {
    pub rows: Vec<T>,
    /// The last row's place, if there are further rows.
    pub next: Option<Place>,
}

impl<T> SortedPage<T> {
    /// Makes the page from one row more than were asked for, if there are so many.
    pub fn from_fetched(mut fetched: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Self {
        let limit = limit as usize;
        let further = fetched.len() > limit;
        fetched.truncate(limit);
        let next = fetched.last().filter(|_| further).map(place);
        Self {
            rows: fetched,
            next,
        }
    }

    /// Makes the page from rows of several lists, of each of which as many were fetched as if
    /// it were the only one.
    pub fn from_lists<S>(
        mut fetched: Vec<T>,
        request: &SortedRequest<S>,
        place: impl Fn(&T) -> Place,
    ) -> Self {
        fetched.sort_by_cached_key(&place);
        if request.descending {
            fetched.reverse();
        }
        Self::from_fetched(fetched, request.limit, place)
    }

    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> SortedPage<U> {
        SortedPage {
            rows: self.rows.into_iter().map(convert).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(second: i64) -> Position {
        Position {
            at: DateTime::from_timestamp(second, 0).unwrap(),
            id: Uuid::nil(),
        }
    }

    #[test]
    fn the_last_page_leads_nowhere_further() {
        let request = PageRequest {
            window: Window::Before(position(4)),
            limit: 2,
        };
        let more = Page::from_fetched(vec![3, 2, 1], request, |second| position(*second));
        assert_eq!((more.rows, more.older), (vec![3, 2], Some(position(2))));
        let last = Page::from_fetched(vec![1], request, |second| position(*second));
        assert_eq!((last.rows, last.older), (vec![1], None));
    }

    #[test]
    fn several_lists_are_one_list_in_either_direction() {
        let request = |window| PageRequest { window, limit: 2 };
        let newest = request(Window::Newest);
        // Three of each list, one more than the limit.
        let page = Page::from_lists(vec![9, 5, 4, 8, 7, 1], newest, |it| position(*it));
        assert_eq!((page.rows, page.older), (vec![9, 8], Some(position(8))));
        let after = request(Window::After(position(1)));
        let page = Page::from_lists(vec![2, 5, 8, 3, 4, 9], after, |it| position(*it));
        assert_eq!((page.rows, page.newer), (vec![3, 2], Some(position(3))));
    }

    #[test]
    fn several_sorted_lists_make_one_page() {
        let place = |price: &i64| Place {
            key: SortKey::Number(*price),
            id: Uuid::nil(),
        };
        let mut request = SortedRequest {
            sort: (),
            descending: false,
            after: None,
            limit: 2,
        };
        let page = SortedPage::from_lists(vec![1, 7, 9, 2, 3], &request, place);
        assert_eq!((page.rows, page.next), (vec![1, 2], Some(place(&2))));
        request.descending = true;
        let page = SortedPage::from_lists(vec![9, 7, 1, 8], &request, place);
        assert_eq!((page.rows, page.next), (vec![9, 8], Some(place(&8))));
    }

    #[test]
    fn going_forward_the_rows_still_read_newest_first() {
        let request = PageRequest {
            window: Window::After(position(1)),
            limit: 2,
        };
        let page = Page::from_fetched(vec![2, 3, 4], request, |second| position(*second));
        assert_eq!(page.rows, vec![3, 2]);
        assert_eq!(page.newer, Some(position(3)));
        assert_eq!(page.older, Some(position(2)));
    }
}
