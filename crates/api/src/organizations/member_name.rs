use domain::organizations::MemberName;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A member, by the present name.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberNameResponse {
    /// The user's id.
    id: Uuid,
    first_name: String,
    last_name: String,
}

impl From<MemberName> for MemberNameResponse {
    fn from(name: MemberName) -> Self {
        Self {
            id: name.user_id.uuid(),
            first_name: name.first_name,
            last_name: name.last_name,
        }
    }
}
