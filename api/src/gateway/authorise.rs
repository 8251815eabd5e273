//! Who may see a preview. The one place that decides it.

use http::request::Parts;

use super::directory::Route;
use super::refusal::Refusal;

/// Decides before anything is woken or dialled.
///
/// A private preview needs a signed token, and nothing issues or checks those yet: so every
/// request to one is refused, whatever it carries. The request is a parameter because the
/// token will come with it.
///
/// # Errors
/// [`Refusal::Unauthorised`] if the preview isn't public.
pub(crate) fn authorise(route: &Route, _request: &Parts) -> Result<(), Refusal> {
    if route.public { Ok(()) } else { Err(Refusal::Unauthorised) }
}
