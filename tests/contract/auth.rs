mod one_time_tokens;
mod sessions;
mod users;
