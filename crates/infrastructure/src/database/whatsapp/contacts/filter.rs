use domain::whatsapp::ContactFilter;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select};

use crate::database::{
    entities::contact,
    text::{contains, phone_digits},
    unit_of_work::SeaUnitOfWork,
};

impl SeaUnitOfWork {
    pub(super) fn contacts_that_match(&self, filter: ContactFilter<'_>) -> Select<contact::Entity> {
        use contact::Column::{BlockedAt, CustomerId, FoldedName, UndeliverableAt, WaId};
        let mut contacts = self.known_contacts();
        for (mark, wanted) in [
            (BlockedAt, filter.blocked),
            (UndeliverableAt, filter.undeliverable),
            (CustomerId, filter.customer),
        ] {
            contacts = match wanted {
                Some(true) => contacts.filter(mark.is_not_null()),
                Some(false) => contacts.filter(mark.is_null()),
                None => contacts,
            };
        }
        let Some(search) = filter.search else {
            return contacts;
        };
        let mut matches = Condition::any().add(contains(FoldedName.into_expr(), search));
        if let Some(digits) = phone_digits(search) {
            matches = matches.add(contains(WaId.into_expr(), &digits));
        }
        contacts.filter(matches)
    }
}
