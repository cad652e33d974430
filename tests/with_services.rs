//! Tells, last of all, with which services the tests ran. Cargo runs test binaries in the order
//! of their names.

use tests::stores::service_is_asked_for;

const SERVICES: [(&str, &str); 4] = [
    ("postgres", "PostgreSQL"),
    ("redis", "Redis"),
    ("s3", "S3"),
    ("smtp", "SMTP"),
];

fn main() {
    // What asks for a list of tests wants nothing else.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let (covered, left_out): (Vec<_>, Vec<_>) = SERVICES
        .iter()
        .partition(|(key, _)| service_is_asked_for(key));
    let names = |services: &[&(&str, &str)]| {
        let names: Vec<_> = services.iter().map(|(_, name)| *name).collect();
        names.join(", ")
    };
    println!(
        "\nTested with SQLite and the in-memory ports; with services: {}.",
        match names(&covered) {
            none if none.is_empty() => "none".to_owned(),
            some => some,
        }
    );
    if !left_out.is_empty() {
        println!(
            "Left out: {}. LUMINOUS_TEST_SERVICES=postgres,redis,s3,smtp cargo test covers them.",
            names(&left_out)
        );
    }
}
