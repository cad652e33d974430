use crate::support::{Business, SECRET, sheena};
use meta_simulator::InboundContent;

use crate::support::NUMBER;

const LINE_A: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"text":"caf\u00e9 \ud83d\udc4d","url":"https:\/\/example.com\/a"}}]}]}"#;

#[tokio::test]
async fn signatures_are_those_of_the_published_vectors() {
    assert_eq!(SECRET, "0123456789abcdef0123456789abcdef");
    let business = Business::start().await;
    let vectors: [(&[u8], &str); 5] = [
        (
            br#"{"object":"whatsapp_business_account","entry":[]}"#,
            "eefab58106e73358686845848feb95c56372e7391b3dc050b6a31c8c5f347ece",
        ),
        (
            LINE_A.as_bytes(),
            "16b6d6006c2afc03214237e015c34825cbdbea6c88623b1b6c8aa4562e1794f9",
        ),
        (
            b"",
            "796cd3078af14636753d26b3b5555422ff55a3e261cf847b48e95371b9bd0aa2",
        ),
        (
            b"{\"object\":\"whatsapp_business_account\",\"entry\":[]}\n",
            "95803a6deacb457142b22bb16335ad872175db6236ef3d950195ea58bc1df4cf",
        ),
        (
            include_bytes!("wire_text_escaped_unicode.json"),
            "0c08f8b02350cf8774300f3a953f773dcfaa94b1973185a645236b4b45e176c1",
        ),
    ];
    for (body, digest) in vectors {
        assert_eq!(business.simulator().sign(body), format!("sha256={digest}"));
    }
    business.stop().await;
}

#[tokio::test]
async fn a_webhook_is_written_in_metas_ascii_and_signed_as_it_is() {
    let business = Business::start().await;
    let text = "café 👍 https://example.com/a \"quoted\"\n";
    business
        .simulator()
        .customer_sends(NUMBER, &sheena(), InboundContent::text(text))
        .await;

    let received = business.received().remove(0);
    let written = str::from_utf8(&received.bytes).unwrap();
    assert!(written.is_ascii());
    assert!(
        written.contains(r#""caf\u00e9 \ud83d\udc4d https:\/\/example.com\/a \"quoted\"\n""#),
        "{written}"
    );
    assert_eq!(
        received.signature,
        business.simulator().sign(&received.bytes)
    );
    assert_eq!(
        business.webhooks().await[0]["messages"][0]["text"]["body"],
        text
    );
    business.stop().await;
}
