/// Has every TLS connection of the process use ring. Repetition is harmless: whoever came
/// first chose the same.
pub(crate) fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
