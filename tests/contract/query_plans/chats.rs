use domain::{
    chats::{AssigneeFilter, ChatFilter, ChatRepository, Label, Priority},
    page::PageRequest,
};

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
            ..all
        },
    ];
    for filter in filters {
        chats.list(&filter, business.user.id, page).await.unwrap();
    }
}
