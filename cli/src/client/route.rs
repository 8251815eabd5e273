//! The path and the query of a request.

use std::fmt::Display;

use url::Url;

/// Where a request goes, below the API's address.
#[derive(Debug, Clone)]
pub struct Route {
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
}

impl Route {
    /// A path below `/v1`.
    #[must_use]
    pub fn v1<const N: usize>(segments: [&str; N]) -> Self {
        let mut all = vec!["v1".to_owned()];
        all.extend(segments.map(str::to_owned));
        Self { segments: all, query: Vec::new() }
    }

    /// A path that isn't below `/v1`.
    #[must_use]
    pub fn root(segment: &str) -> Self {
        Self { segments: vec![segment.to_owned()], query: Vec::new() }
    }

    /// With a parameter, if there is a value for it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<impl Display>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// With a parameter that is `true`, if it is.
    #[must_use]
    pub fn flag(self, name: &'static str, set: bool) -> Self {
        self.with(name, set.then_some(true))
    }

    /// The whole URL. An address may have a path of its own, where a proxy puts the API below one.
    pub(crate) fn at(&self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(&self.segments);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base: &str, route: &Route) -> String {
        route.at(&base.parse().unwrap()).to_string()
    }

    #[test]
    fn whatever_a_segment_holds_stays_in_its_place() {
        let route = Route::v1(["apps", "a/b?c", "config"]).with("q", Some("tea & cups"));
        let wanted = "http://h:1/v1/apps/a%2Fb%3Fc/config?q=tea+%26+cups";
        assert_eq!(at("http://h:1", &route), wanted);
    }

    #[test]
    fn an_address_may_have_a_path() {
        let route = Route::v1(["apps"]).flag("force", true).flag("live", false);
        assert_eq!(at("https://h/engine/", &route), "https://h/engine/v1/apps?force=true");
        assert_eq!(at("https://h/engine", &route), "https://h/engine/v1/apps?force=true");
    }
}
