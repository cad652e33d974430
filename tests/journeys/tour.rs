//! The README's five-minute tour works as it is printed.

use std::process::Stdio;

use tests::program::Program;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn the_five_minute_tour_works_as_printed() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md"));
    let readme = readme.expect("there is a README");
    let tour = readme
        .split("## Five-minute tour")
        .nth(1)
        .expect("the README has a tour");
    let tour = tour.split("\n## ").next().unwrap();
    let blocks: Vec<_> = tour
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() > 3, "a tour has several steps");

    let program = Program::new(&[]);
    let running = program.serve().await;
    let script = blocks
        .join("\n")
        .replace("http://localhost:8080", &program.url());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(program.data_dir())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();

    let printed = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{printed}\n{complaints}\n{}",
        program.read_log()
    );
    let ticks = ["(sent)", "(delivered)", "(read)"];
    assert!(
        ticks.iter().any(|tick| printed.contains(tick)),
        "no ticks came back: {printed}"
    );
    drop(running);
}
