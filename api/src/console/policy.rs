//! What the console's page may do: run and fetch files of its own origin, and frame previews.

use crate::server::PreviewUrls;

/// The page's Content-Security-Policy. `nonce` is for the style elements that the terminal and the
/// editor make.
pub(super) fn policy(previews: &PreviewUrls, nonce: &str) -> String {
    let frames = previews.hosts();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src {frames}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::previews::PreviewKey;

    #[test]
    fn it_allows_only_its_own_files_and_previews() {
        let key = PreviewKey::random().unwrap();
        let previews = PreviewUrls { domain: "x.test".into(), tls: false, port: 18080, key };
        let policy = policy(&previews, "5d41");
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-src http://*.preview.x.test:18080;"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
