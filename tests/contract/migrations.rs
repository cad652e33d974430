use domain::{
    catalog::{CategoryTree, ProductFilter},
    chats::{ChatFilter, Note, SearchQuery, Sight},
    customers::CustomerFilter,
    id::Id,
    storage::{File, FileKey, FileMetadata, StoredFile},
    store::{Store, StoreError},
    whatsapp::{Media, MediaKind, MediaSource, MediaState},
};
use futures_util::future::join_all;
use infrastructure::database::Database;
use tests::stores::{self, Backend, TestDatabase};

use crate::{
    catalog::{categories, insert, product},
    given::Stack,
    media::image,
};

async fn databases() -> Vec<TestDatabase> {
    let mut databases = vec![
        stores::database(Backend::Sqlite).await,
        stores::sqlite_file().await,
    ];
    if Backend::Postgres.is_asked_for() {
        databases.push(stores::empty_postgres().await);
    }
    databases
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again() {
    for test in databases().await {
        let database = test.database();
        database.migrate_up().await.unwrap();
        database.migrate_up().await.unwrap();
        let applied = database.migration_status().await.unwrap();
        assert!(applied.iter().all(|(_, applied)| *applied), "{applied:?}");
        database.migrate_down(None).await.unwrap();
        let applied = database.migration_status().await.unwrap();
        assert!(!applied.iter().any(|(_, applied)| *applied), "{applied:?}");
        database.migrate_up().await.unwrap();
        Stack::on(test).business().await;
    }
}

#[tokio::test]
async fn a_store_is_unfit_until_all_migrations_are_applied() {
    for test in databases().await {
        let database = test.database().clone();
        database.migrate_up().await.unwrap();
        database.migrate_down(Some(1)).await.unwrap();
        let stack = Stack::on(test);
        let check = stack.store.check().await;
        assert!(matches!(check, Err(StoreError::Broken(_))), "{check:?}");
        database.migrate_up().await.unwrap();
        stack.store.check().await.unwrap();
    }
}

#[tokio::test]
async fn instances_that_start_at_once_migrate_once() {
    for test in databases().await {
        let database = test.database();
        let instances = (0..4).map(|_| database.migrate_up());
        for migrated in join_all(instances).await {
            migrated.unwrap();
        }
    }
}

/// Else they would be swept as orphans.
#[tokio::test]
async fn files_that_were_stored_before_files_were_counted_are_counted() {
    for test in databases().await {
        let database = test.database().clone();
        database.migrate_up().await.unwrap();
        let stack = Stack::on(test);
        let business = stack.business().await;
        let message = business.inbound("", stack.now());
        let key = FileKey::parse("media/one-that-was-stored").unwrap();
        let stored = Media {
            id: Id::generate(),
            source: Some(MediaSource {
                account_id: business.account.id,
                message_id: message.id,
                meta_id: "1".into(),
                url: None,
            }),
            kind: MediaKind::Document,
            mime_type: "application/pdf".into(),
            sha256: Some("00ff".into()),
            file_name: Some("Menú.pdf".into()),
            state: MediaState::Stored {
                key: key.clone(),
                size: 1 << 33,
            },
            created_at: stack.now(),
        };
        let pending = Media {
            id: Id::generate(),
            state: MediaState::Pending,
            ..stored.clone()
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        assert!(uow.messages().insert(&message, None).await.unwrap());
        for media in [&stored, &pending] {
            uow.media().insert(media).await.unwrap();
        }
        uow.commit().await.unwrap();

        again_from(&database, "create_files").await;
        let read = stack.store.read(business.id());
        let expected = File {
            key: key.clone(),
            metadata: FileMetadata {
                content_type: stored.mime_type.clone(),
                original_name: stored.file_name.clone(),
                organization_id: business.id(),
                uploaded_by: None,
            },
            stored: StoredFile {
                size: 1 << 33,
                sha256: "00ff".into(),
            },
            created_at: stored.created_at,
        };
        assert_eq!(read.files().find(&key).await.unwrap(), Some(expected));
        let system = stack.store.read_system();
        let orphans = system.files().orphans_among(&[key]).await.unwrap();
        assert_eq!(orphans, []);
        for media in [stored, pending] {
            assert_eq!(read.media().find(media.id).await.unwrap(), Some(media));
        }
    }
}

/// Else agents who see only some chats could not have them.
#[tokio::test]
async fn files_of_messages_from_before_agents_were_limited_are_known() {
    for test in databases().await {
        let database = test.database().clone();
        database.migrate_up().await.unwrap();
        let stack = Stack::on(test);
        let business = stack.business().await;
        let media = Id::generate();
        let mut with_file = business.inbound("", stack.now());
        with_file.content = image(media);
        let quoting = format!(r#"it says "media_id":"{}" here"#, Id::<Media>::generate());
        let uow = stack.store.begin(business.id()).await.unwrap();
        for message in [&with_file, &business.inbound(&quoting, stack.now())] {
            assert!(uow.messages().insert(message, None).await.unwrap());
        }
        uow.commit().await.unwrap();
        again_from(&database, "agents_see").await;
        let read = stack.store.read(business.id());
        let file = |id| Media {
            id,
            source: None,
            kind: MediaKind::Image,
            mime_type: "image/jpeg".into(),
            sha256: None,
            file_name: None,
            state: MediaState::Pending,
            created_at: stack.now(),
        };
        let sight = Sight::OwnAndUnassigned(Id::generate());
        for (id, is_known) in [(media, true), (Id::generate(), false)] {
            let seen = read.media().is_in_sight(&file(id), sight).await.unwrap();
            assert_eq!(seen, is_known);
        }
    }
}

#[tokio::test]
async fn mentions_from_before_they_were_searched_are_found() {
    for test in databases().await {
        let database = test.database().clone();
        database.migrate_up().await.unwrap();
        let stack = Stack::on(test);
        let business = stack.business().await;
        let note = Note {
            id: Id::generate(),
            chat_id: business.chat.id,
            author_id: business.user.id,
            text: "Ask me".into(),
            mentions: vec![business.user.id],
            created_at: stack.now(),
            updated_at: stack.now(),
            version: 1,
        };
        let uow = stack.store.begin(business.id()).await.unwrap();
        uow.notes().insert(&note).await.unwrap();
        uow.commit().await.unwrap();
        again_from(&database, "create_note_mentions").await;
        let read = stack.store.read(business.id());
        let filter = ChatFilter {
            mentioned: true,
            ..ChatFilter::default()
        };
        for (viewer, expected) in [(business.user.id, 1), (Id::generate(), 0)] {
            let count = read.chats().count(&filter, viewer).await.unwrap();
            assert_eq!(count, expected);
        }
    }
}

/// Takes the migrations from this one on back, and applies them again.
async fn again_from(database: &Database, migration: &str) {
    let migrations = database.migration_status().await.unwrap();
    let later = migrations
        .iter()
        .rev()
        .take_while(|(name, _)| !name.ends_with(migration));
    let steps = u32::try_from(later.count()).unwrap() + 1;
    database.migrate_down(Some(steps)).await.unwrap();
    database.migrate_up().await.unwrap();
}

#[tokio::test]
async fn customers_from_before_there_was_a_search_are_found() {
    for test in databases().await {
        let database = test.database().clone();
        database.migrate_up().await.unwrap();
        let stack = Stack::on(test);
        let business = stack.business().await;
        let number = business.customer.phone_number.clone().unwrap();
        again_from(&database, "complete_customers").await;

        let read = stack.store.read(business.id());
        let filter = CustomerFilter {
            search: Some("nunez".into()),
            ..CustomerFilter::default()
        };
        assert_eq!(read.customers().count(&filter).await.unwrap(), 1);
        let found = read.customers().find_by_phone(&number).await.unwrap();
        assert_eq!(found, Some(business.customer));
    }
}

#[tokio::test]
async fn products_from_before_their_terms_were_their_own_are_found_and_counted() {
    for test in databases().await {
        let database = test.database().clone();
        database.migrate_up().await.unwrap();
        let stack = Stack::on(test);
        let business = stack.business().await;
        let mut tea = product(&stack, "Jasmine tea", "TEA-42", 500);
        tea.variants[0].stock.is_low = true;
        tea.category_ids = categories::some(&stack, &business, 2).await;
        assert!(insert(&stack, &business, &tea).await);
        again_from(&database, "find_products_by_themselves").await;

        let read = stack.store.read(business.id());
        let filter = ProductFilter {
            search: Some(SearchQuery::parse("jasmin tea-42").unwrap()),
            ..ProductFilter::default()
        };
        assert_eq!(read.products().count(&filter).await.unwrap(), 1);
        let tree = CategoryTree::new(read.categories().all().await.unwrap());
        let facets = read.products().facets(&filter, &tree).await.unwrap();
        assert_eq!(facets.stock.low, 1);
        let each = tea.category_ids.iter().map(|id| (*id, 1));
        assert_eq!(facets.categories, each.collect());
    }
}
