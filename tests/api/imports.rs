//! Tables of customers, from the upload to the customers, and back.

mod every_field;
mod products;
mod refusals;
mod running;
mod undoing;

use domain::{
    customers::{Customer, MarketingConsent},
    text::PhoneNumber,
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{
    app::TestApp,
    client::{Answer, Owner},
    stores::backends,
};

use crate::realtime::Socket;

const PATH: &str = "/api/customers/import";

const TABLE: &str = "Nombre;Teléfono;Talla;Acepta\r\n\
    Ana Paz;+1 415 555 2671;38;sí\r\n\
    \"Zoë \"\"Z\"\" Núñez\";4155552672;40;no\r\n\
    Ben;12;;\r\n\
    ;;;\r\n\
    \"=1+1\";+14155552673;;quizás\r\n";

fn form(table: impl AsRef<[u8]>, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    // Half of them before the file: the order of a form's parts means nothing.
    let (before, after) = fields.split_at(fields.len() / 2);
    let field = |(name, value): &(&str, &str)| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    body.extend(before.iter().map(field).collect::<String>().into_bytes());
    let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; \
                filename=\"clientes.csv\"\r\n\r\n";
    body.extend([head.as_bytes(), table.as_ref(), b"\r\n"].concat());
    body.extend(after.iter().map(field).collect::<String>().into_bytes());
    body.extend(b"--edge--\r\n");
    body
}

/// Sends a table and what is to be done with it.
async fn imports(owner: &Owner, table: impl AsRef<[u8]>, fields: &[(&str, &str)]) -> Answer {
    sends(owner, PATH, form(table, fields)).await
}

async fn sends(owner: &Owner, path: &str, body: Vec<u8>) -> Answer {
    let request = owner.client.request(Method::POST, path);
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    request.body(body).send().await
}

/// As `imports`, with good reason to think that it is taken.
pub(crate) async fn starts(
    owner: &Owner,
    table: impl AsRef<[u8]>,
    fields: &[(&str, &str)],
) -> String {
    let answer = imports(owner, table, fields).await;
    answer.assert_status(202);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn get(owner: &Owner, id: &str) -> Value {
    let answer = owner.client.get(&format!("/api/imports/{id}")).await;
    answer.assert_status(200).json()
}

/// Where it stands, and how many rows were done, created, updated, skipped and failed.
async fn standing(owner: &Owner, id: &str) -> Value {
    let import = get(owner, id).await;
    let fields = ["status", "rows", "created", "updated", "skipped", "failed"];
    fields.map(|field| import[field].clone()).to_vec().into()
}

async fn errors(owner: &Owner, id: &str) -> String {
    let path = format!("/api/imports/{id}/errors.csv");
    owner.client.get(&path).await.assert_status(200).text()
}

/// All customers with this number.
async fn customers(app: &TestApp, owner: &Owner, number: &str) -> Vec<Customer> {
    let organization_id = owner.organization_id.parse().unwrap();
    let uow = app.application.ports.store.begin(organization_id).await;
    let numbers = [PhoneNumber::parse(number, None).unwrap()];
    let customers = uow.unwrap();
    let customers = customers.imported_customers();
    customers.lock_by_phone_numbers(&numbers).await.unwrap()
}

/// First name, last name and consent of the one with this number.
async fn told(app: &TestApp, owner: &Owner, number: &str) -> (String, String, MarketingConsent) {
    let mut customers = customers(app, owner, number).await;
    assert_eq!(customers.len(), 1, "{customers:#?}");
    let customer = customers.remove(0);
    let text = |name: Option<String>| name.unwrap_or_default();
    (
        text(customer.first_name),
        text(customer.last_name),
        customer.marketing_consent,
    )
}

async fn in_the_states(app: &TestApp, name: &str) -> Owner {
    let owner = app.register(name).await;
    let country = json!({"country": "US"});
    let path = "/api/organizations/current";
    owner.client.put(path, country).await.assert_status(200);
    owner
}

/// Rows of this many customers.
fn table_of(rows: u32) -> String {
    let row = |number: u32| format!("Customer {number},+1415555{:04}\n", 2000 + number);
    let rows: String = (0..rows).map(row).collect();
    format!("name,phone\n{rows}")
}

#[actix_web::test]
async fn good_rows_become_customers_and_bad_ones_are_told() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = in_the_states(&app, "Luna").await;
        let mapping = json!({
            "Nombre": "name", "Teléfono": "phoneNumber", "Acepta": "marketingConsent",
            "Talla": null,
        });
        let fields = [
            ("consentSource", "Feria 2026"),
            ("mapping", &mapping.to_string()),
        ];
        let answer = imports(&owner, TABLE, &fields).await;
        let import = answer.assert_status(202).json();
        let id = import["id"].as_str().unwrap();
        let path = format!("/api/imports/{id}");
        assert_eq!(answer.header("location"), Some(path.as_str()));
        assert_eq!(import["status"], "queued");
        assert_eq!(import["fileName"], "clientes.csv");
        assert_eq!(import["delimiter"], ";");
        let size = json!({"header": "Talla", "field": null, "samples": ["38", "40", ""]});
        assert_eq!(import["columns"][2], size);

        app.run_jobs().await;
        let expected = json!(["completed", 5, 2, 0, 0, 2]);
        assert_eq!(standing(&owner, id).await, expected);
        assert_eq!(get(&owner, id).await["progress"], 100);
        let ana = told(&app, &owner, "+14155552671").await;
        assert_eq!(ana, ("Ana".into(), "Paz".into(), MarketingConsent::OptedIn));
        let zoe = told(&app, &owner, "+14155552672").await;
        let names = ("Zoë".into(), "\"Z\" Núñez".into());
        assert_eq!(zoe, (names.0, names.1, MarketingConsent::OptedOut));
        assert_eq!(
            errors(&owner, id).await,
            "row,column,code,reason\r\n\
             4,Teléfono,invalid_phone_number,is not a phone number that exists in its country\r\n\
             6,Acepta,neither_yes_nor_no,is neither yes nor no\r\n"
        );
        assert!(app.storage.files().is_empty(), "the table is kept");

        let list = owner.client.get("/api/imports?include=total").await;
        assert_eq!(list.json()["total"], 1);
        assert_eq!(list.data()[0], get(&owner, id).await);
    }
}

#[actix_web::test]
async fn the_headers_tell_what_the_columns_are_but_not_that_anybody_has_consented() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let table = "Vorname\tNachname\tEinwilligung\tHandynummer\nJürgen\tGroß\tja\t+14155552671\n";
    let table: Vec<_> = table.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let table = [b"\xff\xfe".as_slice(), &table].concat();
    let id = starts(&owner, &table, &[]).await;
    app.run_jobs().await;
    let import = get(&owner, &id).await;
    assert_eq!(
        (&import["encoding"], &import["delimiter"]),
        (&json!("utf-16le"), &json!("\t"))
    );
    let columns = import["columns"].as_array().unwrap().iter();
    let fields: Vec<_> = columns.map(|column| column["field"].clone()).collect();
    assert_eq!(
        json!(fields),
        json!(["firstName", "lastName", null, "phoneNumber"])
    );
    let expected = ("Jürgen".into(), "Groß".into(), MarketingConsent::Unknown);
    assert_eq!(told(&app, &owner, "+14155552671").await, expected);

    let fields = [("consentSource", "Messe"), ("onDuplicate", "update")];
    starts(&owner, &table, &fields).await;
    app.run_jobs().await;
    let (_, _, consent) = told(&app, &owner, "+14155552671").await;
    assert_eq!(consent, MarketingConsent::OptedIn);
}

#[actix_web::test]
async fn who_is_there_already_is_left_alone_or_brought_up_to_date() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = in_the_states(&app, "Luna").await;
        starts(
            &owner,
            "first name,last name,phone\nAna,Paz,+14155552671\n",
            &[],
        )
        .await;
        app.run_jobs().await;
        let table = "first name,last name,phone\n\
            Anna,,(415) 555-2671\n\
            Anna,,4155552671\n\
            Ben,Roe,4155552672\n\
            Benjamin,,4155552672\n";
        let id = starts(&owner, table, &[("onDuplicate", "skip")]).await;
        app.run_jobs().await;
        let expected = json!(["completed", 4, 1, 0, 3, 0]);
        assert_eq!(standing(&owner, &id).await, expected);
        let ben = told(&app, &owner, "+14155552672").await;
        assert_eq!((ben.0.as_str(), ben.1.as_str()), ("Ben", "Roe"));

        let id = starts(&owner, table, &[("onDuplicate", "update")]).await;
        app.run_jobs().await;
        // The second Anna changes nothing any more; the first Ben does not either.
        let expected = json!(["completed", 4, 0, 2, 2, 0]);
        assert_eq!(standing(&owner, &id).await, expected);
        let ana = told(&app, &owner, "+14155552671").await;
        assert_eq!((ana.0.as_str(), ana.1.as_str()), ("Anna", "Paz"));
        let ben = told(&app, &owner, "+14155552672").await;
        assert_eq!((ben.0.as_str(), ben.1.as_str()), ("Benjamin", "Roe"));
    }
}

#[actix_web::test]
async fn a_dry_run_tells_what_the_import_would_and_does_nothing() {
    for backend in backends() {
        let app = TestApp::on(backend).await;
        let owner = in_the_states(&app, "Luna").await;
        starts(&owner, "name,phone\nOld,+14155552000\n", &[]).await;
        app.run_jobs().await;
        // Further down than one chunk, somebody comes again; and again, without news.
        let again = "Anew,+14155552001\nAnew,+14155552001\nBad,1\n";
        let table = format!("{}{again}", table_of(520));
        let update = ("onDuplicate", "update");
        let dry = starts(&owner, &table, &[("dryRun", "true"), update]).await;
        app.run_jobs().await;
        let expected = json!(["completed", 523, 519, 2, 1, 1]);
        assert_eq!(standing(&owner, &dry).await, expected);
        assert_eq!(get(&owner, &dry).await["dryRun"], true);
        assert!(customers(&app, &owner, "+14155552001").await.is_empty());
        let old = told(&app, &owner, "+14155552000").await;
        assert_eq!(old.0, "Old");

        let real = starts(&owner, &table, &[update]).await;
        app.run_jobs().await;
        assert_eq!(standing(&owner, &real).await, expected);
        assert_eq!(errors(&owner, &real).await, errors(&owner, &dry).await);
        let anew = told(&app, &owner, "+14155552001").await;
        assert_eq!((anew.0.as_str(), anew.1.as_str()), ("Anew", "1"));
    }
}

#[actix_web::test]
async fn whoever_watches_sees_it_come() {
    let app = TestApp::start().await;
    let owner = in_the_states(&app, "Luna").await;
    let mut socket = Socket::open(&owner, None).await;
    let id = starts(&owner, table_of(600), &[]).await;
    app.run_jobs().await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let data = socket.next_of("import.progress").await["data"].take();
        assert_eq!(data["importId"], json!(id));
        seen.push(json!([data["status"], data["rows"], data["created"]]));
    }
    let expected = json!([
        ["queued", 0, 0],
        ["running", 500, 500],
        ["completed", 600, 600]
    ]);
    assert_eq!(json!(seen), expected);
}
