use domain::{
    chats::{Chat, ChatFilter, Label, Sight},
    id::Id,
    store::Store,
};

use crate::given::{Business, Stack, newest, stacks};

fn labels(names: &[&str]) -> Vec<Label> {
    names
        .iter()
        .map(|name| Label::parse(name).unwrap())
        .collect()
}

fn written(labels: &[Label]) -> Vec<&str> {
    labels.iter().map(Label::as_str).collect()
}

async fn set(stack: &Stack, business: &Business, chat: &Chat, names: &[&str]) {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let chats = uow.chats();
    chats.set_labels(chat.id, &labels(names)).await.unwrap();
    uow.commit().await.unwrap();
}

#[tokio::test]
async fn a_chat_has_the_labels_that_it_was_given_last() {
    for stack in stacks().await {
        let business = stack.business().await;
        let other = business
            .another_chat(stack.store.as_ref(), "Luz", stack.now())
            .await;
        set(&stack, &business, &other, &["other"]).await;
        set(&stack, &business, &business.chat, &["vip", "Zoo"]).await;
        set(&stack, &business, &business.chat, &["VIP", "Ñandú", "año"]).await;
        let read = stack.store.read(business.id());
        let stored = read.chats().labels(business.chat.id).await.unwrap();
        assert_eq!(written(&stored), ["año", "VIP", "Ñandú"]);
        let page = read
            .chats()
            .list(&ChatFilter::default(), business.user.id, newest(10))
            .await
            .unwrap();
        for row in page.rows {
            let expected = if row.chat.id == other.id {
                vec!["other"]
            } else {
                vec!["año", "VIP", "Ñandú"]
            };
            assert_eq!(written(&row.labels), expected);
        }
        set(&stack, &business, &business.chat, &[]).await;
        let stored = read.chats().labels(business.chat.id).await.unwrap();
        assert_eq!(stored, []);
    }
}

#[tokio::test]
async fn chats_are_filtered_by_all_labels_that_are_named() {
    for stack in stacks().await {
        let business = stack.business().await;
        let other = business
            .another_chat(stack.store.as_ref(), "Luz", stack.now())
            .await;
        set(&stack, &business, &business.chat, &["VIP", "returns"]).await;
        set(&stack, &business, &other, &["Vip"]).await;
        let read = stack.store.read(business.id());
        for (names, expected) in [
            (&["vip"][..], 2),
            (&["vip", "Returns"], 1),
            (&["vip", "lost"], 0),
            (&["vi_"], 0),
        ] {
            let filter = ChatFilter {
                labels: labels(names),
                ..ChatFilter::default()
            };
            let viewer = business.user.id;
            let page = read.chats().list(&filter, viewer, newest(10)).await;
            assert_eq!(page.unwrap().rows.len(), expected, "{names:?}");
            let count = read.chats().count(&filter, viewer).await.unwrap();
            assert_eq!(count, expected as u64, "{names:?}");
        }
    }
}

#[tokio::test]
async fn labels_in_use_are_counted_for_one_organization_the_most_used_first() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let other = ours
            .another_chat(stack.store.as_ref(), "Luz", stack.now())
            .await;
        set(&stack, &ours, &ours.chat, &["rare", "vip", "also"]).await;
        set(&stack, &ours, &other, &["VIP"]).await;
        set(&stack, &theirs, &theirs.chat, &["secret"]).await;
        let read = stack.store.read(ours.id());
        let counts = async |limit| -> Vec<_> {
            let counts = read.chats().labels_in_use(Sight::All, limit).await.unwrap();
            let counts = counts.into_iter();
            counts
                .map(|count| (count.label.key(), count.chats))
                .collect()
        };
        let expected = [("vip", 2), ("also", 1), ("rare", 1)];
        let expected = expected.map(|(key, chats)| (key.to_owned(), chats));
        assert_eq!(counts(10).await, expected);
        assert_eq!(counts(1).await, expected[..1]);

        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert_eq!(uow.chats().labels(ours.chat.id).await.unwrap(), []);
        uow.chats().set_labels(ours.chat.id, &[]).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(
            read.chats().labels(other.id).await.unwrap(),
            labels(&["vip"])
        );
    }
}

#[tokio::test]
async fn a_chat_that_is_not_there_has_no_labels() {
    for stack in stacks().await {
        let business = stack.business().await;
        let uow = stack.store.begin(business.id()).await.unwrap();
        let labels = labels(&["vip"]);
        let set = uow.chats().set_labels(Id::generate(), &labels).await;
        assert!(set.is_err());
    }
}
