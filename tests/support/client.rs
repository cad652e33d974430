//! Somebody who talks to the program over HTTP.

use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

/// Speaks for one person, or, without a token, for nobody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// A request that is being put together.
pub struct Request {
    builder: reqwest::RequestBuilder,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Client {
    pub fn new(url: &str) -> Self {
        // Only the first call in a process installs it.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_mins(1))
            .build()
            .unwrap();
        Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
            token: None,
        }
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn request(&self, method: Method, path: &str) -> Request {
        let mut builder = self.http.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            builder = builder.bearer_auth(token);
        }
        Request { builder }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.request(Method::POST, path).json(&body).send().await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.request(Method::PUT, path).json(&body).send().await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path).send().await
    }

    /// Registers a business and answers its owner. `name` makes the addresses unique.
    pub async fn register(&self, name: &str) -> Owner {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let answer = self
            .post("/api/auth/register", registration(name, &email))
            .await;
        answer.assert_status(201);
        Owner::from_session(self, &answer.json(), email)
    }
}

pub const PASSWORD: &str = "Corriente-71-azul";

pub fn registration(business: &str, email: &str) -> Value {
    json!({
        "firstName": "Ana", "lastName": "Paz", "businessName": business, "email": email,
        "phoneNumber": "+14155552671", "password": PASSWORD, "confirmPassword": PASSWORD,
    })
}

/// Somebody signed in.
#[derive(Clone)]
pub struct Owner {
    pub client: Client,
    pub email: String,
    pub organization_id: String,
    pub user_id: String,
    pub refresh_token: String,
}

impl Owner {
    /// From the answer to a registration or a sign-in.
    pub fn from_session(client: &Client, session: &Value, email: String) -> Self {
        let text = |pointer: &str| {
            session
                .pointer(pointer)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        Self {
            client: client.with_token(&text("/accessToken")),
            email,
            organization_id: text("/organization/id"),
            user_id: text("/user/id"),
            refresh_token: text("/refreshToken"),
        }
    }

    /// Connects a number and answers the account's id.
    pub async fn connects(&self, phone_number_id: &str) -> String {
        let answer = self
            .client
            .post(
                "/api/whatsapp/accounts",
                json!({
                    "phoneNumberId": phone_number_id, "businessAccountId": "102290129340398",
                    "accessToken": format!("token-of-{phone_number_id}"), "displayName": "Main number",
                }),
            )
            .await;
        answer.assert_status(201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub async fn chats(&self) -> Vec<Value> {
        self.client
            .get("/api/chats")
            .await
            .assert_status(200)
            .data()
    }

    /// Uploads a file to be sent.
    pub async fn uploads(&self, file_name: &str, content: &[u8]) -> Answer {
        self.upload(&[("file", file_name, content)]).send().await
    }

    /// An upload with these parts, each with its name, its file's and its content.
    pub fn upload(&self, parts: &[(&str, &str, &[u8])]) -> Request {
        self.upload_to("/api/media", parts)
    }

    pub fn upload_to(&self, path: &str, parts: &[(&str, &str, &[u8])]) -> Request {
        let mut body = Vec::new();
        for (name, file_name, content) in parts {
            let head = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{name}\"; \
                 filename=\"{file_name}\"\r\n\r\n"
            );
            body.extend([head.as_bytes(), content, b"\r\n"].concat());
        }
        body.extend(b"--edge--\r\n");
        let request = self.client.request(Method::POST, path);
        let content_type = "multipart/form-data; boundary=edge";
        request.header("content-type", content_type).body(body)
    }

    /// The messages of a chat, newest first.
    pub async fn messages(&self, chat_id: &str) -> Vec<Value> {
        let path = format!("/api/chats/{chat_id}/messages?limit=100");
        self.client.get(&path).await.assert_status(200).data()
    }

    pub async fn writes(&self, chat_id: &str, body: &str) -> Answer {
        let text = json!({"type": "text", "text": {"body": body}});
        self.client
            .post(&format!("/api/chats/{chat_id}/messages"), text)
            .await
    }
}

impl Request {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.builder = self.builder.json(body);
        self
    }

    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.builder = self.builder.body(body);
        self
    }

    pub async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    pub async fn try_send(self) -> reqwest::Result<Answer> {
        let response = self.builder.send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            bytes: response.bytes().await?.to_vec(),
        })
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    #[track_caller]
    pub fn assert_problem(&self, status: u16, code: &str) -> Value {
        self.assert_status(status);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("/problems/{code}"), "{problem}");
        assert_eq!(
            problem["instance"].as_str(),
            self.header("x-request-id"),
            "{problem}"
        );
        problem
    }

    /// Asserts a 422 that points at this field.
    #[track_caller]
    pub fn assert_invalid(&self, pointer: &str) -> &Self {
        self.assert_status(422);
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        assert!(
            errors.iter().any(|error| error["pointer"] == pointer),
            "nothing points at {pointer}: {problem}"
        );
        self
    }

    /// The rows of a list.
    pub fn data(&self) -> Vec<Value> {
        self.json()["data"].as_array().unwrap().clone()
    }
}
