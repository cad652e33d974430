use domain::{
    catalog::{Category, CategoryId, CategoryTree},
    id::Id,
    store::Store,
};
use futures_util::future::join_all;

use super::{find, insert, product};
use crate::given::{Business, Stack, concurrent_stacks, stacks};

fn category(stack: &Stack, name: &str, position: i64) -> Category {
    Category {
        id: Id::generate(),
        parent_id: None,
        position,
        name: name.into(),
        created_at: stack.now(),
        updated_at: stack.now(),
        version: 1,
    }
}

/// So many categories at the top.
pub(crate) async fn some(stack: &Stack, business: &Business, count: i64) -> Vec<CategoryId> {
    let uow = stack.store.begin(business.id()).await.unwrap();
    let mut ids = Vec::new();
    for position in 0..count {
        let new = category(stack, &position.to_string(), position);
        uow.categories().insert(&new).await.unwrap();
        ids.push(new.id);
    }
    uow.commit().await.unwrap();
    ids
}

#[tokio::test]
async fn categories_are_kept_moved_and_removed() {
    for stack in stacks().await {
        let (ours, theirs) = (stack.business().await, stack.business().await);
        let ids = some(&stack, &ours, 2).await;
        let uow = stack.store.begin(ours.id()).await.unwrap();
        let mut all = uow.categories().lock_all().await.unwrap();
        all.sort_by_key(|category| category.position);
        all[1].parent_id = Some(ids[0]);
        all[1].position = 0;
        all[1].version = 2;
        uow.categories().update(&all).await.unwrap();
        uow.commit().await.unwrap();
        let read = stack.store.read(ours.id());
        let mut found = read.categories().all().await.unwrap();
        found.sort_by_key(|category| category.version);
        assert_eq!(found, all);

        let mut tea = product(&stack, "Tea", "TEA-1", 500);
        tea.category_ids = vec![ids[1], ids[0]];
        assert!(insert(&stack, &ours, &tea).await);
        let uow = stack.store.begin(theirs.id()).await.unwrap();
        assert_eq!(uow.categories().lock_all().await.unwrap(), []);
        uow.categories().remove(ids[1]).await.unwrap();
        uow.categories().update(&all).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(read.categories().all().await.unwrap().len(), 2);

        let uow = stack.store.begin(ours.id()).await.unwrap();
        uow.categories().remove(ids[1]).await.unwrap();
        uow.commit().await.unwrap();
        assert_eq!(read.categories().all().await.unwrap(), all[..1]);
        let left = find(&stack, &ours, &tea).await.unwrap();
        assert_eq!(left.category_ids, [ids[0]]);
    }
}

#[tokio::test]
async fn moves_at_once_make_no_cycle() {
    for stack in concurrent_stacks().await {
        let business = stack.business().await;
        let ids = some(&stack, &business, 4).await;
        let (stack, business) = (&stack, &business);
        // Each goes below the next, the last below the first: one of them must be refused.
        let moves = (0..ids.len()).map(|index| {
            let (id, below) = (ids[index], ids[(index + 1) % ids.len()]);
            async move {
                let uow = stack.store.begin(business.id()).await.unwrap();
                let all = uow.categories().lock_all().await.unwrap();
                let mut tree = CategoryTree::new(all);
                let moved = Category {
                    parent_id: Some(below),
                    ..tree.get(id).unwrap().clone()
                };
                let Ok(changed) = tree.place(moved, None) else {
                    return false;
                };
                uow.categories().update(&changed).await.unwrap();
                uow.commit().await.unwrap();
                true
            }
        });
        let answers = join_all(moves).await;
        assert_eq!(answers.iter().filter(|moved| !**moved).count(), 1);
        let read = stack.store.read(business.id());
        let tree = CategoryTree::new(read.categories().all().await.unwrap());
        assert_eq!(tree.in_order().len(), ids.len());
    }
}
