mod one_time_tokens;
mod sessions;
mod users;

use domain::{auth::TokenHash, store::StoreError};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QuerySelect, QueryTrait, Select};

use super::error::broken;

/// That the key is among those of at most `limit` of these rows.
fn among<E: EntityTrait>(rows: Select<E>, key: E::Column, limit: u64) -> Condition {
    let keys = rows.select_only().column(key).limit(limit).into_query();
    Condition::all().add(key.in_subquery(keys))
}

fn token_hash(bytes: Vec<u8>) -> Result<TokenHash, StoreError> {
    let hash = bytes.try_into().map(TokenHash);
    hash.map_err(|_| broken("a token's hash has not 32 bytes"))
}
