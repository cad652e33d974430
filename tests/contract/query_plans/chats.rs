use chrono::Duration;
use domain::{
    chats::{AssigneeFilter, AssignmentRepository, ChatFilter, ChatRepository, Label, Priority},
    page::PageRequest,
    store::Store,
};
use infrastructure::database::SeaStore;

use crate::given::Business;

/// Lists chats by each filter.
pub(super) async fn run_filters(
    chats: &dyn ChatRepository,
    business: &Business,
    page: PageRequest,
) {
    let all = ChatFilter::default();
    let filters = [
        ChatFilter {
            assignee: Some(AssigneeFilter::User(business.user.id)),
            ..all.clone()
        },
        ChatFilter {
            assignee: Some(AssigneeFilter::Nobody),
            ..all.clone()
        },
        ChatFilter {
            account_id: Some(business.account.id),
            ..all.clone()
        },
        ChatFilter {
            priority: Some(Priority::Urgent),
            ..all.clone()
        },
        ChatFilter {
            labels: vec![Label::parse("rare").unwrap()],
            ..all.clone()
        },
        ChatFilter {
            mentioned: true,
            ..all
        },
    ];
    for filter in filters {
        chats.list(&filter, business.user.id, page).await.unwrap();
    }
}

/// Looks for messages whose time is over; there are none.
pub(super) async fn expire(store: &SeaStore, business: &Business) {
    let uow = store.begin(business.id()).await.unwrap();
    let long_ago = business.chat.created_at - Duration::days(3_650);
    let expired = uow.message_retention().expire_messages(long_ago, 100).await;
    assert_eq!(expired.unwrap().count, 0);
}

/// Looks who is to be given which chat.
pub(super) async fn run_assignment(assignment: &dyn AssignmentRepository, business: &Business) {
    assignment.next_chat().await.unwrap();
    let of = [business.user.id];
    assignment.open_chats(&of).await.unwrap();
}
