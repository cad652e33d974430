use domain::{
    auth::UserId,
    chats::{AssigneeFilter, ChatFilter, Label},
    page::{Page, PageRequest, Position},
    store::StoreError,
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Func, SubQueryStatement},
};

use super::overviews::Listed;
use crate::database::{
    entities::{
        chat::{Column, Entity},
        chat_label, chat_read, contact, customer, note, note_mention,
    },
    pages,
    text::{contains, phone_digits},
    unit_of_work::SeaUnitOfWork,
};

/// The filter as several, of which each finds its chats by one index, in its order.
pub(super) fn in_sight(filter: &ChatFilter) -> impl Iterator<Item = ChatFilter> + '_ {
    let parts = filter.sight.within(filter.assignee).into_iter();
    parts.map(|assignee| ChatFilter {
        assignee,
        ..filter.clone()
    })
}

/// That a chat is theirs or nobody's.
pub(in crate::database) fn is_seen_by(own: UserId) -> Condition {
    Condition::any()
        .add(Column::AssigneeId.is_null())
        .add(Column::AssigneeId.eq(own.uuid()))
}

impl SeaUnitOfWork {
    /// A page of each part, made one.
    pub(super) async fn page_in_sight(
        &self,
        filter: &ChatFilter,
        viewer: UserId,
        page: PageRequest,
    ) -> Result<Page<Listed>, StoreError> {
        let position = |listed: &Listed| Position {
            at: listed.chat.last_activity_at,
            id: listed.chat.id.uuid(),
        };
        let mut fetched = Vec::new();
        for part in in_sight(filter) {
            let chats = self.filtered(&part, viewer);
            let chats = pages::window(chats, Column::LastActivityAt, Column::Id, page);
            fetched.extend(self.db().all::<_, Listed>(chats).await?);
        }
        Ok(Page::from_lists(fetched, page, position))
    }

    pub(super) fn filtered(&self, filter: &ChatFilter, viewer: UserId) -> Select<Entity> {
        let mut chats = self.scope.find::<Entity>();
        if let Some(status) = filter.status {
            chats = chats.filter(Column::Status.eq(status.as_str()));
        }
        if let Some(account_id) = filter.account_id {
            chats = chats.filter(Column::AccountId.eq(account_id.uuid()));
        }
        match filter.assignee {
            Some(AssigneeFilter::Nobody) => chats = chats.filter(Column::AssigneeId.is_null()),
            Some(AssigneeFilter::User(id)) => {
                chats = chats.filter(Column::AssigneeId.eq(id.uuid()));
            }
            None => {}
        }
        if let Some(priority) = filter.priority {
            chats = chats.filter(Column::Priority.eq(priority.as_str()));
        }
        for label in &filter.labels {
            chats = chats.filter(self.has_label(label));
        }
        if filter.unread {
            chats = chats.filter(self.is_unread(viewer));
        }
        if filter.mentioned {
            chats = chats.filter(self.mentions(viewer));
        }
        if let Some(search) = &filter.search {
            chats = chats.filter(self.concerns(search));
        }
        chats
    }

    fn has_label(&self, label: &Label) -> Expr {
        let labelled = self
            .scope
            .find::<chat_label::Entity>()
            .select_only()
            .column(chat_label::Column::ChatId)
            .filter(chat_label::Column::Key.eq(label.key()))
            .into_query();
        Column::Id.in_subquery(labelled)
    }

    fn mentions(&self, viewer: UserId) -> Expr {
        let notes = self
            .scope
            .find::<note_mention::Entity>()
            .select_only()
            .column(note_mention::Column::NoteId)
            .filter(note_mention::Column::UserId.eq(viewer.uuid()))
            .into_query();
        let chats = self
            .scope
            .find::<note::Entity>()
            .select_only()
            .column(note::Column::ChatId)
            .filter(note::Column::Id.in_subquery(notes))
            .into_query();
        Column::Id.in_subquery(chats)
    }

    fn is_unread(&self, viewer: UserId) -> Expr {
        let read = self.reads(viewer).select_only();
        let read = read
            .column(chat_read::Column::InboundCount)
            .filter(
                chat_read::Column::ChatId
                    .into_expr()
                    .eq(Column::Id.into_expr()),
            )
            .into_query();
        let read = Expr::from(SubQueryStatement::from(read));
        let read_or_none = Func::coalesce([read, Expr::val(0_i64)]);
        Column::InboundCount.into_expr().gt(read_or_none)
    }

    /// That the chat is with somebody whose name or number contains this.
    fn concerns(&self, search: &str) -> Condition {
        let customers = self
            .scope
            .find::<customer::Entity>()
            .select_only()
            .column(customer::Column::Id);
        let contacts = self
            .scope
            .find::<contact::Entity>()
            .select_only()
            .column(contact::Column::Id);
        // Who is a customer is called as the customer is.
        let profile = contains(contact::Column::FoldedName.into_expr(), search)
            .and(contact::Column::CustomerId.is_null());
        let mut is_customer =
            Condition::any().add(contains(customer::Column::FoldedName.into_expr(), search));
        let mut is_contact = Condition::any().add(profile);
        if let Some(digits) = phone_digits(search) {
            let number = customer::Column::PhoneNumber.into_expr();
            is_customer = is_customer.add(contains(number, &digits));
            let number = contact::Column::WaId.into_expr();
            is_contact = is_contact.add(contains(number, &digits));
        }
        let customers = customers.filter(is_customer).into_query();
        let contacts = contacts.filter(is_contact).into_query();
        Condition::any()
            .add(Column::CustomerId.in_subquery(customers))
            .add(Column::ContactId.in_subquery(contacts))
    }
}
