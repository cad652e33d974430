//! What the use cases of segments have in common.

use domain::{
    customers::{Segment, SegmentId},
    store::Repositories,
    text::parse_name,
};

use super::FilterInput;
use crate::{Error, FieldError};

/// A segment with who is in it now.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentView {
    pub segment: Segment,
    /// Its filter, as clients give it.
    pub filter: FilterInput,
    pub customers: u64,
}

pub(super) async fn find(data: &dyn Repositories, id: SegmentId) -> Result<Segment, Error> {
    let segment = data.segments().find(id).await?;
    segment.ok_or(Error::NotFound("segment"))
}

pub(super) async fn view(data: &dyn Repositories, segment: Segment) -> Result<SegmentView, Error> {
    let fields = data.customer_fields().list().await?;
    Ok(SegmentView {
        filter: FilterInput::shown(&segment.filter, &fields),
        customers: data.customers().count(&segment.filter).await?,
        segment,
    })
}

pub(super) fn read_name(name: &str) -> Result<String, Error> {
    let name = parse_name(name);
    name.map_err(|error| Error::Invalid(vec![FieldError::new("/name", error.code(), error)]))
}

/// Refuses a name that another segment has.
pub(super) async fn check_name(data: &dyn Repositories, segment: &Segment) -> Result<(), Error> {
    match data.segments().find_by_name(&segment.name_key()).await? {
        Some(other) if other.id != segment.id => Err(Error::Taken {
            code: "name_taken",
            detail: "another segment has this name".to_owned(),
            existing_id: other.id.uuid(),
        }),
        _ => Ok(()),
    }
}
