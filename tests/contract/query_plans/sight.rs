//! What it costs an agent that some chats are out of sight.

use domain::{
    chats::{ChatFilter, Sight},
    id::Id,
    page::PageRequest,
    store::Repositories,
    whatsapp::{Media, MediaKind, MediaState},
};

use crate::given::Business;

pub(super) const HOT: [(&str, &[&str]); 4] = [
    (
        "agent's chat list: own",
        &["FROM \"chats\"", "\"chats\".\"assignee_id\" =", " < ("],
    ),
    (
        "agent's chat list: nobody's",
        &[
            "FROM \"chats\"",
            "\"chats\".\"assignee_id\" IS NULL",
            " < (",
        ],
    ),
    (
        "whose chats are",
        &[
            "SELECT \"chats\".\"id\", \"chats\".\"assignee_id\"",
            " IN (",
        ],
    ),
    (
        "chats with a file",
        &["FROM \"messages\"", "\"messages\".\"media_id\" ="],
    ),
];

pub(super) async fn run_hot_queries(
    read: &dyn Repositories,
    business: &Business,
    page: PageRequest,
) {
    let own = business.user.id;
    let sight = Sight::OwnAndUnassigned(own);
    let filter = ChatFilter {
        sight,
        ..ChatFilter::default()
    };
    read.chats().list(&filter, own, page).await.unwrap();
    let ids = [business.chat.id, Id::generate()];
    read.chats().assignees(&ids).await.unwrap();
    let file = Media {
        id: Id::generate(),
        source: None,
        kind: MediaKind::Image,
        mime_type: "image/jpeg".into(),
        sha256: None,
        file_name: None,
        state: MediaState::Pending,
        created_at: business.chat.created_at,
    };
    assert!(!read.media().is_in_sight(&file, sight).await.unwrap());
}
