//! The people a business sells to.

mod attribute;
mod change;
mod consent;
mod customer;
mod field;
mod filter;
mod merge;
mod repository;
mod segment;
mod stop_words;
mod terms;
mod timeline;

pub use attribute::Attribute;
pub use change::{ChangeOrigin, ChangedValue, CustomerChange, CustomerChangeId};
pub use consent::{Consent, ConsentId, ConsentSource, MarketingConsent};
pub use customer::{Customer, CustomerId, Stage};
pub use field::{
    CustomerField, CustomerFieldId, FieldKey, FieldKeyError, FieldKind, FieldValue, FieldValueError,
};
pub use filter::{Anniversary, CustomerFilter, CustomerSort, FieldCondition, OwnerFilter};
pub use merge::{
    Apart, Belongings, CustomerMerge, CustomerMergeId, CustomerMergeRepository, MergeConflict,
    MergeError, MergeUndo, Merged,
};
pub use repository::{CustomerFieldRepository, CustomerRepository};
pub use segment::{Segment, SegmentId, SegmentRepository};
pub use stop_words::consent_in;
pub use terms::{TermTest, number_term, phone_key, terms_of};
pub use timeline::{CustomerHistory, TimelineEntry, TimelineKind};
