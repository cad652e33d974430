//! The people a business sells to: keeping, finding and knowing them.

mod create_customer;
mod create_field;
mod create_segment;
mod erase_customer;
mod export_customers;
mod fields;
mod filter;
mod get_customer;
mod input;
mod list_consents;
mod list_customers;
mod list_fields;
mod list_merges;
mod list_segments;
mod list_timeline;
mod merge_customer;
mod merges;
mod remove_field;
mod remove_segment;
mod segments;
mod set_consent;
mod strangers;
mod undo_merge;
mod update_customer;
mod update_field;
mod update_segment;
mod view;

pub use create_field::CreateCustomerField;
pub use export_customers::CustomerExport;
pub use filter::{FieldConditionInput, FilterInput, OwnerInput};
pub use input::CustomerInput;
pub(crate) use input::{CustomerRules, may_own};
pub use list_customers::CustomerList;
pub use list_merges::MergeList;
pub use list_segments::SegmentList;
pub use list_timeline::{Timeline, TimelineItem};
pub use merge_customer::MergeOutcome;
pub use segments::SegmentView;
pub use undo_merge::Unmerged;
pub use update_customer::UpdateCustomer;
pub use update_field::UpdateCustomerField;
pub use update_segment::UpdateSegment;
pub use view::{CustomerView, Totals};

use crate::Ports;

#[derive(Clone)]
pub struct Customers {
    ports: Ports,
}

impl Customers {
    pub(crate) fn new(ports: Ports) -> Self {
        Self { ports }
    }
}
